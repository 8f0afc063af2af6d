using NnService.Engine.Activations;

namespace NnService.Engine.Export;

/// <summary>Writes an <see cref="Expression"/> as nodes of an ONNX graph.</summary>
/// <param name="graph">The graph.</param>
/// <param name="isSingle">Whether its numbers are float32.</param>
internal sealed class OnnxExpression(OnnxGraph graph, bool isSingle)
{
    /// <summary>Adds the nodes that compute it from the value called <paramref name="z"/>; the name of the result.</summary>
    public string Write(Expression expression, string z) => expression switch
    {
        Expression.Variable => z,
        Expression.Constant constant => Number(constant.Value),
        Expression.Sum sum => Node("Add", Write(sum.A, z), Write(sum.B, z)),
        Expression.Difference difference => Node("Sub", Write(difference.A, z), Write(difference.B, z)),
        // Not the sigmoid of something times it: ONNX Runtime (1.30) fuses that into an operation that it has for float alone, whatever the type.
        Expression.Product { B: Expression.Call { Function: ElementaryFunction.Sigmoid } sigmoid } product =>
            Node("Div", Write(product.A, z), OnePlusExp(Node("Neg", Write(sigmoid.X, z)))),
        Expression.Product product => Node("Mul", Write(product.A, z), Write(product.B, z)),
        Expression.Call call => Write(call.Function, Write(call.X, z)),
        Expression.Maximum { A: Expression.Constant { Value: 0 } } maximum => Node("Relu", Write(maximum.B, z)),
        Expression.Maximum maximum => Node("Max", Write(maximum.A, z), Write(maximum.B, z)),
        Expression.Choice choice => Node("Where", Node("Greater", Write(choice.X, z), Number(0)), Write(choice.Then, z), Write(choice.Otherwise, z)),
        _ => throw new NotSupportedException($"{expression.GetType().Name} has no operation in ONNX."),
    };

    private string Write(ElementaryFunction function, string x) => function switch
    {
        ElementaryFunction.Exp => Node("Exp", x),
        ElementaryFunction.Expm1 => Node("Sub", Node("Exp", x), Number(1)),
        ElementaryFunction.Tanh => Node("Tanh", x),
        ElementaryFunction.Sigmoid => Node("Sigmoid", x),
        ElementaryFunction.Softplus => Node("Add", Node("Relu", x), Node("Log", OnePlusExp(Node("Neg", Node("Abs", x))))),
        ElementaryFunction.Erf => Erf(x),
        _ => throw new NotSupportedException($"{function} has no operation in ONNX."),
    };

    private string OnePlusExp(string x) => Node("Add", Number(1), Node("Exp", x));

    // The operation is defined for double too, but ONNX Runtime has it for float alone.
    private string Erf(string x)
    {
        if (isSingle)
            return Node("Erf", x);
        var single = Node("Erf", graph.Node("Cast", [x], ("to", OnnxTensor.FloatType)));
        return graph.Node("Cast", [single], ("to", OnnxTensor.DoubleType));
    }

    private string Number(double value) => graph.Constant(OnnxTensor.Row([value], isSingle));

    private string Node(string op, params string[] inputs) => graph.Node(op, inputs);
}
