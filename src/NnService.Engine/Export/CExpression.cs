using NnService.Engine.Activations;

namespace NnService.Engine.Export;

/// <summary>
/// Writes an <see cref="Expression"/> as C: the operations in the order of the tree, so that the bits are those of <see cref="Expression.ValueAt{T}"/>.
/// <c>$</c> and <c>_F</c> as in <see cref="CLayers"/>.
/// </summary>
internal static class CExpression
{
    /// <summary>The expression of a variable <c>z</c>.</summary>
    /// <param name="expression">What is computed.</param>
    /// <param name="isSingle">Whether in float32.</param>
    public static string Of(Expression expression, bool isSingle)
    {
        return Written(expression);

        string Written(Expression part) => part switch
        {
            Expression.Variable => "z",
            Expression.Constant constant => CNames.Number(isSingle ? (float)constant.Value : constant.Value, isSingle),
            Expression.Sum sum => $"({Written(sum.A)} + {Written(sum.B)})",
            Expression.Difference difference => $"({Written(difference.A)} - {Written(difference.B)})",
            Expression.Product product => $"({Written(product.A)} * {Written(product.B)})",
            Expression.Call call => $"{NameOf(call.Function)}({Written(call.X)})",
            Expression.Maximum maximum => $"({Written(maximum.B)} <= {Written(maximum.A)} ? {Written(maximum.A)} : {Written(maximum.B)})",
            Expression.Choice choice => $"({Written(choice.X)} > 0 ? {Written(choice.Then)} : {Written(choice.Otherwise)})",
            _ => throw new NotSupportedException($"{part.GetType().Name} has no form in C."),
        };
    }

    private static string NameOf(ElementaryFunction function) => function switch
    {
        ElementaryFunction.Exp => "$exp_F",
        ElementaryFunction.Expm1 => "$expm1_F",
        ElementaryFunction.Tanh => "$tanh_F",
        ElementaryFunction.Erf => "$erf_F",
        ElementaryFunction.Sigmoid => "$sigmoid_F",
        ElementaryFunction.Softplus => "$softplus_F",
        _ => throw new NotSupportedException($"{function} has no form in C."),
    };
}
