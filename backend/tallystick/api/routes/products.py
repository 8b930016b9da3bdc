"""The product catalogue, for everybody."""

from __future__ import annotations

from fastapi import APIRouter

from tallystick.api.lending import lending_problem
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.loans import State
from tallystick.api.schemas import products as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.decisions.catalogue import Catalogue, Product
from tallystick.decisions.document import Label
from tallystick.decisions.releases import active, load_bench, load_release

router = APIRouter(prefix="/v1/products", tags=["products"], route_class=LedgerRoute)


@router.get(
    "",
    operation_id="list_products",
    summary="What is lent, to whom, for what",
    responses=document_responses("lending_unavailable", "index_not_ready"),
)
def list_products(state: State, lending: Lends) -> schemas.Products:
    """What an application of each product has to say."""
    with state.snapshot() as snapshot, state.writing() as db, lending_problem():
        release = load_release(db, active(db))
        catalogue = load_bench(db, release, "champion").catalogue
        return schemas.Products(
            catalogue=release.catalogue,
            token=snapshot.token(lending.lender.token),
            data=[_product(name, catalogue) for name in catalogue.products],
        )


def _product(name: str, catalogue: Catalogue) -> schemas.LentProduct:
    product = catalogue.products[name]
    rates = product.grid.values()
    return schemas.LentProduct(
        product=name,
        label=_text(product.label),
        segment=_named(product.segment, catalogue.segments[product.segment]),
        purposes=[
            schemas.ProductPurpose(
                name=each,
                label=_text(catalogue.purposes[each].label),
                discount_pct=str(catalogue.purposes[each].discount_pct),
                documents=list(catalogue.purposes[each].documents),
            )
            for each in product.purposes
        ],
        jurisdictions=list(product.jurisdictions),
        amount=schemas.Bounds(
            least=str(product.amount.least),
            most=str(product.amount.most),
            step=str(product.amount.step),
        ),
        repayments=schemas.Repayments(
            least=product.term.least,
            most=product.term.most,
            frequency=product.term.frequency,
            every=product.term.every,
        ),
        plans=list(product.plans),
        least_rate_pct=str(min(band.least_pct for band in rates)),
        most_rate_pct=str(max(band.most_pct for band in rates)),
        kyc_level=product.kyc_level,
        documents=[_named(each, catalogue.documents[each]) for each in product.documents],
        fields=_fields(product),
    )


def _fields(product: Product) -> list[schemas.ProductField]:
    return [
        schemas.ProductField(
            name=name,
            kind=field.kind,
            label=_text(field.label),
            required=field.required,
            least=None if field.least is None else str(field.least),
            most=None if field.most is None else str(field.most),
            levels=list(field.levels),
        )
        for name, field in product.fields.items()
    ]


def _named(name: str, label: Label) -> schemas.NamedLabel:
    return schemas.NamedLabel(name=name, label=_text(label))


def _text(label: Label) -> ReasonText:
    return ReasonText.model_validate({"en": label.en, "zh-Hans": label.zh})
