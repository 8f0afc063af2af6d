using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>Writes an <see cref="Expression"/> as text and LaTeX.</summary>
internal static class ExpressionNotation
{
    /// <summary>The expression with z as its variable.</summary>
    public static Notation Of(Expression expression) => expression switch
    {
        Expression.Variable => new("z", "z"),
        Expression.Constant constant => Notation.Number(constant.Value),
        Expression.Sum sum => Joined(sum.A, " + ", sum.B),
        Expression.Difference difference => Joined(difference.A, " - ", difference.B),
        Expression.Product product => OfProduct(product),
        Expression.Call call => OfCall(call),
        Expression.Maximum maximum => Of(maximum.A) is var a && Of(maximum.B) is var b
            ? new($"max({a.Text}, {b.Text})", $"\\max({a.Latex}, {b.Latex})") : default,
        Expression.Choice choice => OfChoice(choice),
        _ => throw new NotSupportedException($"{expression.GetType().Name} has no notation."),
    };

    private static Notation Joined(Expression a, string sign, Expression b)
    {
        var (left, right) = (Of(a), b is Expression.Sum or Expression.Difference ? InBrackets(Of(b)) : Of(b));
        return new($"{left.Text}{sign}{right.Text}", $"{left.Latex}{sign}{right.Latex}");
    }

    // Factors that are written as divisions stand below the line: z · σ(z) is z / (1 + e^-z).
    private static Notation OfProduct(Expression product)
    {
        var (above, below) = (new List<Notation>(), new List<Notation>());
        foreach (var factor in Factors(product))
        {
            if (factor is Expression.Constant { Divisor: { } divisor })
                below.Add(new(divisor.Text, divisor.Latex));
            else if (factor is Expression.Call { Function: ElementaryFunction.Sigmoid } sigmoid)
                below.Add(InBrackets(OnePlusExp(sigmoid.X)));
            else
                above.Add(factor is Expression.Sum or Expression.Difference ? InBrackets(Of(factor)) : Of(factor).AsFactor());
        }

        var numerator = above.Count == 0 ? Notation.Number(1) : above.Aggregate(Notation.Product);
        if (below.Count == 0)
            return numerator;
        var denominator = below.Aggregate(Notation.Product);
        return new($"{numerator.Text} / {denominator.Text}", $"\\frac{{{numerator.Latex}}}{{{Unbracketed(denominator.Latex)}}}");
    }

    private static IEnumerable<Expression> Factors(Expression expression) =>
        expression is Expression.Product product ? Factors(product.A).Concat(Factors(product.B)) : [expression];

    private static Notation OfCall(Expression.Call call)
    {
        var x = Of(call.X);
        switch (call.Function)
        {
            case ElementaryFunction.Exp:
                return Power(call.X, "");
            case ElementaryFunction.Expm1:
                return InBrackets(Power(call.X, "") is var power ? new($"{power.Text} - 1", $"{power.Latex} - 1") : default);
            case ElementaryFunction.Sigmoid:
                return OfProduct(call);
            case ElementaryFunction.Tanh when call.X is not Expression.Variable:
                return new($"tanh({x.Text})", $"\\tanh\\left({x.Latex}\\right)");
            case ElementaryFunction.Tanh:
                var (up, down) = (Power(call.X, ""), Power(call.X, "-"));
                return new($"({up.Text} - {down.Text}) / ({up.Text} + {down.Text})", $"\\frac{{{up.Latex} - {down.Latex}}}{{{up.Latex} + {down.Latex}}}");
            case ElementaryFunction.Softplus:
                return Power(call.X, "") is var e ? new($"ln(1 + {e.Text})", $"\\ln(1 + {e.Latex})") : default;
            case ElementaryFunction.Erf:
                return new($"erf({x.Text})", $"\\operatorname{{erf}}\\left({x.Latex}\\right)");
            default:
                throw new NotSupportedException($"{call.Function} has no notation.");
        }
    }

    private static Notation OfChoice(Expression.Choice choice)
    {
        var (x, then, otherwise) = (Of(choice.X), Of(choice.Then), Of(choice.Otherwise));
        return new(
            $"{then.Text} where {x.Text} > 0, else {otherwise.Text}",
            $"\\begin{{cases}} {then.Latex} & {x.Latex} > 0 \\\\ {otherwise.Latex} & \\text{{else}} \\end{{cases}}");
    }

    private static Notation OnePlusExp(Expression x) => Power(x, "-") is var power ? new($"1 + {power.Text}", $"1 + {power.Latex}") : default;

    private static Notation Power(Expression x, string sign)
    {
        var exponent = Of(x);
        var text = x is Expression.Variable or Expression.Constant ? exponent.Text : $"({exponent.Text})";
        return new($"e^{sign}{text}", $"e^{{{sign}{(sign.Length == 0 || x is Expression.Variable ? exponent.Latex : $"({exponent.Latex})")}}}");
    }

    private static Notation InBrackets(Notation inner) => new($"({inner.Text})", $"({inner.Latex})");

    private static string Unbracketed(string latex) =>
        latex.StartsWith('(') && latex.IndexOf(')', StringComparison.Ordinal) == latex.Length - 1 ? latex[1..^1] : latex;
}
