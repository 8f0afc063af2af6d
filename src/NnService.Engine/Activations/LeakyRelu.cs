using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Activations;

/// <summary>y = z where z &gt; 0, else α z; y′ = 1 where z &gt; 0, else α (α at 0). Source: Maas, Hannun, Ng 2013.</summary>
[Description("y = z above 0, alpha · z below.")]
public sealed record LeakyReluSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "leakyRelu";

    /// <inheritdoc />
    internal override Expression Formula => Expression.WherePositive(Expression.Z, Expression.Z, Alpha * Expression.Z);

    /// <summary>The slope below 0.</summary>
    [Description("The slope below 0.")]
    [Range(0, double.MaxValue)]
    public double Alpha { get; init; } = 0.01;

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(new(T.CreateChecked(Alpha)));

    private readonly struct Kernel<T>(T alpha) : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        // alpha ≥ 0, so y > 0 exactly where z > 0.
        public static bool NeedsSum => false;

        public Vector512<T> Value(Vector512<T> z) =>
            Vector512.ConditionalSelect(Vector512.GreaterThan(z, Vector512<T>.Zero), z, Vector512.Create(alpha) * z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) =>
            Vector512.ConditionalSelect(Vector512.GreaterThan(y, Vector512<T>.Zero), Vector512<T>.One, Vector512.Create(alpha));
    }
}
