using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>y = z where z &gt; 0, else α (eᶻ − 1); y′ = 1 where z &gt; 0, else α eᶻ (α at 0). Source: Clevert, Unterthiner, Hochreiter 2016.</summary>
[Description("y = z above 0, alpha · (e^z - 1) below.")]
public sealed record EluSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "elu";

    /// <inheritdoc />
    internal override Expression Formula => Expression.WherePositive(Expression.Z, Expression.Z, Alpha * Expression.Expm1(Expression.Z));

    /// <summary>The value approached far below 0, with the sign turned.</summary>
    [Description("The value approached far below 0, with the sign turned.")]
    [Range(0, double.MaxValue)]
    public double Alpha { get; init; } = 1;

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(new(T.CreateChecked(Alpha)));

    private readonly struct Kernel<T>(T alpha) : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        // α eᶻ, not y + α: the sum would lose the digits of a small derivative.
        public static bool NeedsSum => true;

        public Vector512<T> Value(Vector512<T> z) =>
            Vector512.ConditionalSelect(
                Vector512.GreaterThan(z, Vector512<T>.Zero), z, Vector512.Create(alpha) * Transcendentals.Expm1(z));

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) =>
            Vector512.ConditionalSelect(
                Vector512.GreaterThan(z, Vector512<T>.Zero), Vector512<T>.One, Vector512.Create(alpha) * Transcendentals.Exp(z));
    }
}
