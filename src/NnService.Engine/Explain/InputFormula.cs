using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Explain;

/// <summary>How a raw column becomes inputs, as equations.</summary>
internal static class InputFormula
{
    /// <param name="column">The column.</param>
    /// <param name="letter">The letter of the inputs. An input that is the column of the same name has no equation.</param>
    public static IEnumerable<Notation> Of(FeatureColumn column, char letter)
    {
        var (at, name) = (column.Offset, Notation.Word(column.Name));
        Notation Next() => Notation.Symbol($"{letter}{++at}");
        if (column.Type != ColumnType.Category)
        {
            var value = column.Log1p ? new($"ln(1 + {name.Text})", $"\\ln(1 + {name.Latex})") : name;
            var scaled = Notation.Standardized(value, Notation.Number(column.Shift), Notation.Number(column.Scale));
            if (column.Clip)
                scaled = new(
                    $"({scaled.Text}) / √(1 + (({scaled.Text}) / 3)²)",
                    $"\\frac{{{scaled.Latex}}}{{\\sqrt{{1 + \\bigl(\\frac{{1}}{{3}} ({scaled.Latex})\\bigr)^2}}}}");
            var truth = column.Type == ColumnType.Boolean ? ", with 1 for true and 0 for false" : "";
            var (input, formula) = (Next(), Note(scaled, truth + Missing(column)));
            if (formula.Text != input.Text)
                yield return Formula.Equal(input, formula);
        }

        foreach (var part in column.Dates ?? [])
        {
            var kind = EnumNames<DatePartKind>.Of(part.Kind);
            yield return Formula.Equal(
                Next(),
                Note(
                    Notation.Standardized(Notation.Word($"{column.Name}.{kind}"), Notation.Number(part.Shift), Notation.Number(part.Scale)),
                    column.MissingIndicator ? ", or 0 where it is missing" : ""));
        }

        foreach (var category in column.Categories)
        {
            var orMissing = category == column.ImputedCategory && column.MissingIndicator ? " or missing" : "";
            yield return Formula.Equal(Next(), OneIf($"{column.Name} is \"{category}\"{orMissing}"));
        }

        if (column.HasOther)
            yield return Formula.Equal(Next(), OneIf($"{column.Name} is anything else"));
        if (column.MissingIndicator)
            yield return Formula.Equal(Next(), OneIf($"{column.Name} is missing"));
    }

    private static string Missing(FeatureColumn column) => !column.MissingIndicator ? ""
        : column.Imputed is { } value ? $", with {Notation.Number(value).Text} where {column.Name} is missing"
        : $", or 0 where {column.Name} is missing";

    private static Notation Note(Notation formula, string note) =>
        note.Length == 0 ? formula : new(formula.Text + note, formula.Latex + Notation.TextInMath(note, isName: false));

    private static Notation OneIf(string condition) =>
        new($"1 if {condition}, else 0", $"\\begin{{cases}} 1 & {Notation.TextInMath(condition, isName: false)} \\\\ 0 & \\text{{else}} \\end{{cases}}");
}
