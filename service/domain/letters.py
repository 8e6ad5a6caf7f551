"""Answers to a parent in plain language: to a request, and to a medical document.

English and Spanish. What is not here in a family's language is owed through an interpreter
(`answer_interpreted`), and is not made up by a machine. An answer explains; it is not the notice
of 34 CFR 300.503, which the district still owes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from service.domain import languages

DEFAULT = "en"
WRITTEN_IN: Mapping[str, str] = {"en": "English", "es": "Spanish"}
"""The languages in which the answers are written."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer: a word for programs, a heading and its sentences."""

    name: str
    heading: str
    text: str


def written_in(language: str | None) -> str | None:
    """Which of the languages written here is meant; None when it is another one.

    What is not said is taken as English, the language of the school's own papers.
    """
    tag = languages.language(language) if language else None
    if tag is None:
        return DEFAULT
    first = tag.partition("-")[0]
    return first if first in WRITTEN_IN else None


def same(one: str | None, other: str | None) -> bool:
    """Whether two languages as somebody wrote them are one, whatever the region."""
    tags = [(languages.language(said) if said else None) or DEFAULT for said in (one, other)]
    return tags[0].partition("-")[0] == tags[1].partition("-")[0]


def to_request(
    language: str, *, received_on: date, due_on: date | None, only_504: bool
) -> tuple[Part, ...]:
    """The answer to a parent's request for an evaluation; KeyError for a language not written."""
    words = _REQUEST[language]
    rights = words["rights_504" if only_504 else "rights"]
    by_when = words["by_when" if due_on else "no_number"]
    given = {"received_on": _day(language, received_on), "due_on": _day(language, due_on)}
    return tuple(
        _parts(
            language,
            given,
            received=words["received"],
            next=words["next_504" if only_504 else "next"],
            by_when=by_when,
            rights=rights,
        )
    )


def to_medical_document(language: str, *, received_on: date) -> tuple[Part, ...]:
    """The answer to a medical document; KeyError for a language not written."""
    words = _DOCUMENT[language]
    given = {"received_on": _day(language, received_on)}
    return tuple(_parts(language, given, **words))


def _parts(language: str, given: Mapping[str, str], **texts: str) -> Iterator[Part]:
    for name, text in texts.items():
        yield Part(name, _HEADINGS[language][name], text.format(**given))


def _day(language: str, day: date | None) -> str:
    if day is None:
        return ""
    month = _MONTHS[language][day.month - 1]
    return (
        f"{day.day} de {month} de {day.year}"
        if language == "es"
        else (f"{month} {day.day}, {day.year}")
    )


_MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "es": (
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
}

_HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "received": "What we received",
        "does": "What a physician's note does",
        "does_not": "What a physician's note does not do",
        "next": "What happens next",
        "by_when": "By when",
        "rights": "Your rights",
    },
    "es": {
        "received": "Lo que recibimos",
        "does": "Lo que hace una nota médica",
        "does_not": "Lo que no hace una nota médica",
        "next": "Lo que sigue",
        "by_when": "Para cuándo",
        "rights": "Sus derechos",
    },
}

_REQUEST: Mapping[str, Mapping[str, str]] = {
    "en": {
        "received": "On {received_on} we received your request that your child be evaluated. "
        "That day is on record and does not change.",
        "next": "The district does one of two things. It proposes an evaluation: then you get a "
        "written notice, a booklet of your rights, and a form that asks for your consent; nobody "
        "evaluates your child before you agree in writing. Or it refuses: then it tells you in "
        "writing why, and what you can do about it. It may not keep you waiting because extra "
        "help in the classroom is not finished.",
        "next_504": "The district decides whether it believes that your child may need help "
        "because of a disability. If it does, it evaluates your child before anything is decided; "
        "if it does not, it tells you so, and what you can do about it. It may not keep you "
        "waiting because extra help in the classroom is not finished.",
        "by_when": "The district answers you in writing by {due_on}.",
        "no_number": "The law that applies here names no number of days. The district answers "
        "you within a reasonable time, and you may ask at any time where your request stands.",
        "rights": "You are part of the group that decides. You may agree to the evaluation or "
        "not; to agree to it is not to agree to special education. You may see your child's "
        "records. You get the report and the decision at no cost. If you disagree with the "
        "district's evaluation you may ask for an independent one. If you disagree with what the "
        "district does you may ask for mediation, complain to the State, or ask for a hearing. "
        "You may have all of this in your own language.",
        "rights_504": "You are told of what the district decides about identifying, evaluating "
        "or placing your child. You may see your child's records. If you disagree you may ask "
        "for an impartial hearing, take part in it and bring a lawyer, and have it reviewed.",
    },
    "es": {
        "received": "El {received_on} recibimos su solicitud de que se evalúe a su hijo o hija. "
        "Esa fecha queda registrada y no cambia.",
        "next": "El distrito hace una de dos cosas. Propone una evaluación: entonces usted recibe "
        "un aviso por escrito, un folleto con sus derechos y un formulario que pide su "
        "consentimiento; nadie evalúa a su hijo o hija antes de que usted acepte por escrito. O "
        "se niega: entonces le dice por escrito por qué y qué puede hacer usted. No puede hacerle "
        "esperar porque la ayuda adicional en el salón de clases no ha terminado.",
        "next_504": "El distrito decide si cree que su hijo o hija puede necesitar ayuda por una "
        "discapacidad. Si lo cree, lo evalúa antes de decidir; si no lo cree, se lo dice, y qué "
        "puede hacer usted. No puede hacerle esperar porque la ayuda adicional en el salón de "
        "clases no ha terminado.",
        "by_when": "El distrito le responde por escrito a más tardar el {due_on}.",
        "no_number": "La ley que se aplica aquí no fija un número de días. El distrito le "
        "responde en un plazo razonable, y usted puede preguntar en cualquier momento cómo va su "
        "solicitud.",
        "rights": "Usted es parte del grupo que decide. Puede aceptar la evaluación o no; "
        "aceptarla no es aceptar la educación especial. Puede ver los expedientes de su hijo o "
        "hija. Recibe el informe y la decisión sin costo. Si no está de acuerdo con la evaluación "
        "del distrito, puede pedir una evaluación independiente. Si no está de acuerdo con lo que "
        "hace el distrito, puede pedir mediación, presentar una queja ante el Estado o pedir una "
        "audiencia. Puede recibir todo esto en su propio idioma.",
        "rights_504": "Se le informa de lo que el distrito decide sobre la identificación, la "
        "evaluación o la ubicación de su hijo o hija. Puede ver sus expedientes. Si no está de "
        "acuerdo, puede pedir una audiencia imparcial, participar en ella con un abogado y pedir "
        "que se revise.",
    },
}

_DOCUMENT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "received": "On {received_on} we received medical information or an outside report about "
        "your child. Thank you; it is kept with your child's records.",
        "does": "It is information that the school considers together with what teachers see and "
        "what you know. It may be the first sign of a disability, and then the school decides "
        "whether to propose an evaluation.",
        "does_not": "It does not decide by itself whether your child is eligible for special "
        "education or for a Section 504 plan, and it is not an order to the school. A group that "
        "includes you decides, from several sources. The school may not ask you for a diagnosis "
        "before it evaluates; if it needs a medical evaluation, it pays for it.",
        "next": "Somebody from the school talks with you about it. You need not wait for that: you "
        "may ask for an evaluation at any time, in writing or by saying so, and then the district "
        "owes you an answer to your request.",
        "by_when": "The law names no number of days for this answer, and the school does not let "
        "it lie.",
        "rights": "You may see your child's records. Nobody evaluates your child for special "
        "education for the first time without your consent in writing. You may have all of this "
        "in your own language.",
    },
    "es": {
        "received": "El {received_on} recibimos información médica o un informe externo sobre su "
        "hijo o hija. Gracias; se guarda con sus expedientes.",
        "does": "Es información que la escuela considera junto con lo que ven los maestros y lo "
        "que usted sabe. Puede ser la primera señal de una discapacidad, y entonces la escuela "
        "decide si propone una evaluación.",
        "does_not": "No decide por sí sola si su hijo o hija reúne los requisitos para la "
        "educación especial o para un plan de la Sección 504, y no es una orden para la escuela. "
        "Decide un grupo que le incluye a usted, con varias fuentes. La escuela no puede pedirle "
        "un diagnóstico antes de evaluar; si necesita una evaluación médica, la paga.",
        "next": "Alguien de la escuela habla con usted sobre esto. No tiene que esperar: puede "
        "pedir una evaluación en cualquier momento, por escrito o de palabra, y entonces el "
        "distrito le debe una respuesta a su solicitud.",
        "by_when": "La ley no fija un número de días para esta respuesta, y la escuela no la deja "
        "pendiente.",
        "rights": "Puede ver los expedientes de su hijo o hija. Nadie evalúa a su hijo o hija por "
        "primera vez para la educación especial sin su consentimiento por escrito. Puede recibir "
        "todo esto en su propio idioma.",
    },
}
