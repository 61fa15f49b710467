"""The site world: short pages in five other languages, each from a bank of sentences of its own.

Left out: any truth beyond the language; the pages are there to be told from English ones. Italian
is the holdout: no rule or threshold may be made by looking at it.
Taught in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

import re
from urllib.parse import quote

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

HOST = "http://world.littleweb.test"
HOLDOUT_LANGUAGE = "it"
# language: titles; sentences with [slots]; the slots, whose entries fit every sentence
BANKS: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "es": (
        ("Un día en el pueblo", "Mañana será otro día", "El niño y el mar",
         "La cocina de la abuela"),
        ("[name] vive en una casa pequeña cerca de la estación.",
         "Los [day] vamos al mercado.",
         "El mercado abre a las [hour] y siempre hay mucha gente.",
         "Ayer [name] compró [food] y pan.",
         "Mi hermana prefiere [food], pero a mí no me gusta nada.",
         "Hace [number] años llovió mucho.",
         "Desde la ventana se ve el río y, más lejos, la montaña.", "¿Quién quiere venir conmigo?",
         "El tren tarda [number] horas en llegar a la capital.",
         "Por la noche cenamos [food] con arroz.",
         "[name] trabaja en la biblioteca y conoce cada libro.",
         "Nadie sabe por qué se fue.",
         "Cuando hace sol, los niños juegan en la plaza hasta tarde.",
         "Nos vemos el [day], si puedes.",
         "La maestra les contó una historia muy larga sobre el mar.", "Al final salió bien.",
         "No tengo prisa, así que prefiero ir andando.",
         "[name] tiene [number] gatos y un perro viejo.",
         "En invierno las calles están vacías, y en verano, llenas.",
         "Después tomamos un café juntos."),
        {"name": "Lucía|Mateo|Inés|Joaquín|Pilar|Andrés",
        "day": "lunes|martes|jueves|viernes|sábados",
         "hour": "siete|ocho|nueve|diez", "food": "pescado|queso|tomates|sopa|patatas|manzanas",
         "number": "dos|tres|cuatro|cinco|seis|siete"},
    ),
    "fr": (
        ("Une journée au village", "L'été à la mer", "Le marché du samedi", "Le café de la gare"),
        ("[name] habite une petite maison près de la gare.",
         "Chaque [day], nous allons au marché.",
         "Le marché ouvre à [hour] heures et il y a toujours du monde.",
         "Hier, [name] a acheté [food].",
         "Ma sœur préfère [food], mais moi, je n'aime pas ça.",
         "Il y a [number] ans, il a plu tout l'été.",
         "De la fenêtre, on voit la rivière et, plus loin, la montagne.",
         "Qui veut venir avec moi ?",
         "Le train met [number] heures pour aller à la capitale.",
         "Le soir, nous mangeons [food].",
         "[name] travaille à la bibliothèque et connaît tous les livres.", "On se voit [day] ?",
         "Quand il fait beau, les enfants jouent sur la place.",
         "Personne ne sait pourquoi elle est partie.",
         "La maîtresse leur a raconté une longue histoire.", "À la fin, tout s'est bien passé.",
         "Je ne suis pas pressé, alors je préfère marcher.",
         "[name] a [number] chats et un vieux chien.",
         "En hiver, les rues sont vides, et en été, elles sont pleines.",
         "Ensuite, on a pris un café."),
        {"name": "Camille|Hugo|Élodie|Théo|Margaux|Rémi",
        "day": "lundi|mardi|jeudi|samedi|dimanche",
         "hour": "sept|huit|neuf|dix",
         "food": "du poisson|du fromage|des pommes|de la soupe|du riz",
         "number": "deux|trois|quatre|cinq|six|sept"},
    ),
    "de": (
        ("Ein Tag im Dorf", "Grüße vom See", "Der Markt am Samstag", "Großmutters Küche"),
        ("[name] wohnt in einem kleinen Haus am Bahnhof.", "Jeden [day] gehen wir auf den Markt.",
         "Der Markt öffnet um [hour] Uhr, und es sind immer viele Leute da.",
         "Gestern gab es [food].",
         "Meine Schwester mag lieber [food], aber mir schmeckt das nicht.",
         "Wer möchte mitkommen?",
         "Vor [number] Jahren hat es den ganzen Sommer geregnet.",
         "Der Zug braucht [number] Stunden.",
         "Vom Fenster aus sieht man den Fluss und weiter hinten die Berge.",
         "Abends essen wir [food].",
         "[name] arbeitet in der Bücherei und kennt alle Bücher.", "Niemand weiß, warum sie ging.",
         "Wenn die Sonne scheint, spielen die Kinder auf dem Platz.", "Wir sehen uns am [day].",
         "Die Lehrerin erzählte ihnen eine sehr lange Geschichte.", "Am Ende wurde alles gut.",
         "Ich habe es nicht eilig, also gehe ich lieber zu Fuß.",
         "Danach tranken wir einen Kaffee.",
         "[name] hat [number] Katzen und einen alten Hund.", "Im Winter sind die Straßen leer."),
        {"name": "Jürgen|Käthe|Anna|Lukas|Friederike|Björn",
        "day": "Montag|Dienstag|Freitag|Samstag",
         "hour": "sieben|acht|neun|zehn", "food": "Fisch|Käse|Äpfel|Suppe|Kartoffeln|Nudeln",
         "number": "zwei|drei|vier|fünf|sechs|sieben"},
    ),
    "pt": (
        ("Um dia na aldeia", "O verão no mar", "O mercado de sábado", "A cozinha da avó"),
        ("[name] mora numa casa pequena perto da estação.", "Todas as [day] vamos ao mercado.",
         "O mercado abre às [hour] horas e há sempre muita gente.",
         "Ontem [name] comprou [food] e pão.",
         "A minha irmã prefere [food], mas eu não gosto nada.",
         "Há [number] anos choveu o verão inteiro.",
         "Da janela vê-se o rio e, mais longe, a montanha.", "Quem quer vir comigo?",
         "O comboio leva [number] horas até à capital.", "À noite comemos [food] com arroz.",
         "[name] trabalha na biblioteca e conhece cada livro.",
         "Ninguém sabe por que ela partiu.",
         "Quando faz sol, as crianças brincam na praça até tarde.", "No fim tudo correu bem.",
         "A professora contou-lhes uma história muito longa.", "Depois tomámos um café juntos.",
         "Não tenho pressa, por isso prefiro ir a pé.",
         "[name] tem [number] gatos e um cão velho.",
         "No inverno as ruas estão vazias e no verão estão cheias.",
         "Amanhã também não vou trabalhar."),
        {"name": "João|Inês|Tomás|Beatriz|Conceição|Rui", "day": "segundas|terças|quintas|sextas",
         "hour": "sete|oito|nove|dez", "food": "peixe|queijo|maçãs|sopa|batatas|feijão",
         "number": "dois|três|quatro|cinco|seis|sete"},
    ),
    "it": (
        ("Una giornata in paese", "Perché il mare è blu", "Il mercato del sabato",
         "La città di notte"),
        ("[name] abita in una piccola casa vicino alla stazione.",
         "Ogni [day] andiamo al mercato.",
         "Il mercato apre alle [hour] e c'è sempre molta gente.",
         "Ieri [name] ha comprato [food] e pane.",
         "Mia sorella preferisce [food], ma a me non piace.", "Chi vuole venire con me?",
         "[number] anni fa ha piovuto tutta l'estate, disse il nonno.", "La sera mangiamo [food].",
         "Dalla finestra si vede il fiume e, più lontano, la montagna.",
         "Nessuno sa perché è partita.",
         "Il treno ci mette [number] ore per arrivare alla capitale.",
         "Ci vediamo [day], se puoi.",
         "[name] lavora in biblioteca e conosce tutti i libri.", "Alla fine è andato tutto bene.",
         "Quando c'è il sole, i bambini giocano in piazza fino a tardi.",
         "Poi abbiamo preso un caffè.",
         "La maestra raccontò loro una storia molto lunga.",
         "[name] ha [number] gatti e un vecchio cane.",
         "Non ho fretta, quindi preferisco camminare.", "D'inverno le strade sono vuote."),
        {"name": "Chiara|Matteo|Niccolò|Giulia|Lorenzo|Noè",
        "day": "lunedì|martedì|giovedì|sabato",
         "hour": "sette|otto|nove|dieci", "food": "pesce|formaggio|mele|minestra|patate|riso",
         "number": "due|tre|quattro|cinque|sei|sette"},
    ),
}  # fmt: skip


def _sentence(template: str, slots: dict[str, str], rng: Rng) -> str:
    """A sentence with its slots filled and its first letter a capital."""
    # Each slot is drawn anew, so that one bank gives many pages.
    text = re.sub(r"\[(\w+)\]", lambda m: rng.choice(slots[m.group(1)].split("|")), template)
    return text[0].upper() + text[1:]


def _page(seed: int, number: int) -> Page:
    """The page of that number; the languages take turns."""
    rng = Rng(f"{seed}/world/{number}")
    language = tuple(BANKS)[number % len(BANKS)]  # in turn
    titles, sentences, slots = BANKS[language]
    chosen = rng.sample(sentences, rng.integer(7, 15))
    told = [_sentence(sentence, slots, rng) for sentence in chosen]
    middle = len(told) // 2
    title = rng.choice(titles)
    slug = title.lower().replace(" ", "-").replace("'", "")  # accents stay, percent-encoded
    return Page(
        url=f"{HOST}/{language}/{quote(slug)}-{number}.html", site="world", kind="foreign",
        title=title, paragraphs=(" ".join(told[:middle]), " ".join(told[middle:])),
        language=language, holdout=language == HOLDOUT_LANGUAGE, truth={},
    )  # fmt: skip


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """Pages of 60 to 150 words in Spanish, French, German, Portuguese and Italian.

    Args:
        seed: of the whole web.
        count: how many pages, the languages in turn.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers; addresses are percent-encoded.
    """
    return [_page(seed, number) for number in range(start, start + count)]
