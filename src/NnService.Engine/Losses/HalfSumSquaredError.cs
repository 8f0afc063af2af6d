using System.ComponentModel;
using System.Numerics;

namespace NnService.Engine.Losses;

/// <summary>L = ½ Σ (p − t)² over rows and outputs, not divided; ∂/∂p = p − t.</summary>
[Description("Half the sum over rows and outputs of (prediction - target)², not divided by their number.")]
public sealed record HalfSumSquaredErrorSpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "halfSumSquaredError";

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new ElementwiseLoss<T, Element<T>>(default, isSum: true);

    private readonly struct Element<T> : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public double Value(double prediction, double target) => 0.5 * (prediction - target) * (prediction - target);

        public T Derivative(T prediction, T target) => prediction - target;
    }
}
