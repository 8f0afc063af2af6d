using System.ComponentModel;
using System.Numerics;

namespace NnService.Engine.Losses;

/// <summary>L = mean over rows and outputs of (p − t)²; ∂/∂p = 2 (p − t) / count.</summary>
[Description("Mean over rows and outputs of (prediction - target)².")]
public sealed record MeanSquaredErrorSpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "meanSquaredError";

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new ElementwiseLoss<T, Element<T>>(default);

    private readonly struct Element<T> : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public double Value(double prediction, double target) => (prediction - target) * (prediction - target);

        public T Derivative(T prediction, T target) => (prediction - target) + (prediction - target);
    }
}
