"""The demonstration district: a small OneRoster 1.2 bundle of people who do not exist.

`ROSTER` is the folder that ships with the package. It is what `generate` returns, and a test
holds the two together; to change the district, change this file and run it:

    python -m service.imports.oneroster.demonstration

There is no chance in it: the n-th person always has the same name, family and class.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

ROSTER = Path(__file__).parents[2] / "demonstration" / "roster"

_GIVEN = [
    "Acorn",
    "Basil",
    "Clover",
    "Dahlia",
    "Elder",
    "Fern",
    "Ginger",
    "Hazelnut",
    "Iris",
    "Juniper",
    "Kale",
    "Lavender",
    "Maple",
    "Nettle",
    "Oakley",
    "Parsley",
    "Quince",
    "Rowan",
    "Saffron",
    "Thyme",
    "Umber",
    "Verbena",
    "Willow",
    "Yarrow",
    "Zinnia",
    "Agrimony",
    "Bryony",
    "Celandine",
    "Dock",
    "Eyebright",
    "Feverfew",
]
_FAMILY = [
    "Testwell",
    "Sampleton",
    "O'Mockery",
    "Specimen",
    "Placeholder",
    "Dummydóttir",
    "Ficción",
    "Mustermann",
    "Inventado",
    "Notreal",
    "Examplesen",
    "Madeup",
    "Pretendwood",
    "Imaginario",
    "Stubbs-Draft",
    "Protótipo",
    "Fabelhaft",
]
_LANGUAGES = ("en", "es", "en", "vi", "en", "ar", "es", "so", "en", "zh")
_SCHOOLS = (
    ("sch-elm", "Placeholder Elementary School", ("PK", "KG", "01", "02", "03", "04", "05")),
    ("sch-mid", "Specimen Middle School", ("06", "07", "08")),
    ("sch-high", "Sample High School", ("09", "10", "11", "12")),
)
_GRADES = [(grade, school) for school, _, grades in _SCHOOLS for grade in grades]
_STAFF = (
    ("administrator", "dis-demo", "districtAdministrator"),
    ("psychologist", "sch-elm", "ext:schoolPsychologist"),
    ("speech", "sch-elm", "ext:speechLanguagePathologist"),
    *((f"principal-{school[4:]}", school, "principal") for school, _, _ in _SCHOOLS),
    *((f"counselor-{school[4:]}", school, "counselor") for school, _, _ in _SCHOOLS),
    *((f"aide-{school[4:]}", school, "aide") for school, _, _ in _SCHOOLS),
    *((f"teacher-{grade.lower()}", school, "teacher") for grade, school in _GRADES),
    *((f"special-{n}", _SCHOOLS[n % 3][0], "teacher") for n in range(4)),
)
_STUDENTS = 120
_FAMILIES = 85  # 35 of two children and 50 of one; 65 with two guardians and 20 with one
_RACES = [
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
]


def generate() -> dict[str, str]:
    """The files of the bundle by name."""
    users: list[dict[str, str]] = []
    roles: list[tuple[str, str, str]] = []
    demographics: list[dict[str, str]] = []
    enrollments: list[dict[str, str]] = []

    for n, (who, org, role) in enumerate(_STAFF):
        sid = f"stf-{who}"
        users.append(_user(sid, n * 7 + 3, n * 5 + 2, org, identifier=f"E{n + 1:03}"))
        roles.append((sid, role, org))
        if who.startswith("teacher-"):
            enrollments.append({"class": f"cls-{who[8:]}", "school": org, "user": sid})

    for family in range(_FAMILIES):
        for parent in range(2 if family < 65 else 1):
            sid = f"grd-{family + 1:03}{'ab'[parent]}"
            user = _user(sid, family * 11 + parent * 13 + 5, family, "dis-demo")
            user["phone"] = f"555-01{(family * 2 + parent) % 100:02}"
            user["metadata.language"] = _LANGUAGES[family % len(_LANGUAGES)]
            users.append(user)
            is_other = family % 12 == 11
            role = ("guardian", "relative")[parent] if is_other else "parent"
            roles.append((sid, role, "dis-demo"))

    for n in range(_STUDENTS):
        family = n if n < _FAMILIES else n - _FAMILIES
        place = n * 14 // _FAMILIES if n < _FAMILIES else (n * 5) % 14
        grade, school = _GRADES[place]
        sid = f"stu-{n + 1:03}"
        user = _user(sid, n * 3 + n // 31, family, school, identifier=f"{40001 + n * 7}")
        user["grades"] = grade
        user["agentSourcedIds"] = ",".join(
            f"grd-{family + 1:03}{p}" for p in "ab"[: 1 + (family < 65)]
        )
        if n % 17 == 4:
            user["preferredGivenName"] = user["givenName"][:3]
        users.append(user)
        roles.append((sid, "student", school))
        demographics.append(_demographics(sid, n, 2022 - place))
        enrollments.append({"class": f"cls-{grade.lower()}", "school": school, "user": sid})

    return {
        "manifest.csv": _manifest(),
        "orgs.csv": _csv(
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
            [
                {
                    "sourcedId": "dis-demo",
                    "name": "Demonstration Unified School District",
                    "type": "district",
                    "identifier": "0000000",
                },
                *(
                    {
                        "sourcedId": sid,
                        "name": name,
                        "type": "school",
                        "identifier": f"{n:04}",
                        "parentSourcedId": "dis-demo",
                    }
                    for n, (sid, name, _) in enumerate(_SCHOOLS, 1)
                ),
            ],
        ),
        "academicSessions.csv": _csv(
            "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,"
            "schoolYear",
            [
                {
                    "sourcedId": "ses-2027",
                    "title": "School year 2026-27",
                    "type": "schoolYear",
                    "startDate": "2026-08-17",
                    "endDate": "2027-06-11",
                    "schoolYear": "2027",
                }
            ],
        ),
        "courses.csv": _csv(
            "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
            "orgSourcedId,subjects,subjectCodes",
            [
                {
                    "sourcedId": "crs-home",
                    "schoolYearSourcedId": "ses-2027",
                    "title": "Homeroom",
                    "orgSourcedId": "dis-demo",
                }
            ],
        ),
        "classes.csv": _csv(
            "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
            "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
            [
                {
                    "sourcedId": f"cls-{grade.lower()}",
                    "title": f"Homeroom {grade}",
                    "grades": grade,
                    "courseSourcedId": "crs-home",
                    "classType": "homeroom",
                    "schoolSourcedId": school,
                    "termSourcedIds": "ses-2027",
                }
                for grade, school in _GRADES
            ],
        ),
        "users.csv": _csv(
            "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
            "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
            "userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,"
            "primaryOrgSourcedId,pronouns,metadata.language",
            users,
        ),
        "roles.csv": _csv(
            "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
            "orgSourcedId,userProfileSourcedId",
            [
                {
                    "sourcedId": f"rol-{user}",
                    "userSourcedId": user,
                    "roleType": "primary",
                    "role": role,
                    "orgSourcedId": org,
                }
                for user, role, org in roles
            ],
        ),
        "demographics.csv": _csv(
            f"sourcedId,status,dateLastModified,birthDate,sex,{','.join(_RACES)},"
            "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,"
            "publicSchoolResidenceStatus",
            demographics,
        ),
        "enrollments.csv": _csv(
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
            "primary,beginDate,endDate",
            [
                {
                    "sourcedId": f"enr-{row['user']}",
                    "classSourcedId": row["class"],
                    "schoolSourcedId": row["school"],
                    "userSourcedId": row["user"],
                    "role": "student" if row["user"].startswith("stu") else "teacher",
                }
                for row in enrollments
            ],
        ),
    }


def _user(sid: str, given: int, family: int, org: str, identifier: str = "") -> dict[str, str]:
    return {
        "sourcedId": sid,
        "enabledUser": "true",
        "username": sid,
        "givenName": _GIVEN[given % len(_GIVEN)],
        "familyName": _FAMILY[family % len(_FAMILY)],
        "identifier": identifier,
        "email": "" if sid.startswith("stu") else f"{sid}@example.org",
        "primaryOrgSourcedId": org,
    }


def _demographics(sid: str, n: int, born: int) -> dict[str, str]:
    race = _RACES[(4, 2, 4, 1, 5, 4, 2, 0, 4, 3)[n % 10]]
    return {
        "sourcedId": sid,
        "birthDate": f"{born}-{(n * 5) % 8 + 1:02}-{(n * 11) % 28 + 1:02}",
        "sex": ("female", "male", "female", "male", "other")[n % 5 if n % 30 == 4 else n % 2],
        **{column: "true" if column == race else "false" for column in _RACES},
        "hispanicOrLatinoEthnicity": "true" if n % 4 == 1 else "false",
    }


def _manifest() -> str:
    sent = [
        "academicSessions",
        "classes",
        "courses",
        "demographics",
        "enrollments",
        "orgs",
        "roles",
        "users",
    ]
    absent = [
        "categories",
        "classResources",
        "courseResources",
        "lineItems",
        "lineItemLearningObjectiveIds",
        "lineItemScoreScales",
        "resources",
        "results",
        "resultLearningObjectiveIds",
        "resultScoreScales",
        "scoreScales",
        "userProfiles",
        "userResources",
    ]
    rows = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
    rows += sorted(
        [(f"file.{f}", "bulk") for f in sent] + [(f"file.{f}", "absent") for f in absent]
    )
    rows += [("source.systemName", "Demonstration"), ("source.systemCode", "demonstration")]
    return _csv("propertyName,value", [{"propertyName": k, "value": v} for k, v in rows])


def _csv(header: str, rows: Iterable[dict[str, str]]) -> str:
    out = io.StringIO()
    # Some readers of OneRoster split at CRLF and nothing else.
    table = csv.DictWriter(out, header.split(","), restval="", lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def main() -> None:
    """Write the bundle into the package."""
    ROSTER.mkdir(parents=True, exist_ok=True)
    for name, text in generate().items():
        (ROSTER / name).write_bytes(text.encode())


if __name__ == "__main__":
    main()
