using System.Numerics;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>A function y = f(z) of the weighted sums of a minibatch, and its part of the chain rule.</summary>
public abstract class Activation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether the derivative needs z; where false it follows from y alone, and y may overwrite z.</summary>
    public abstract bool NeedsSum { get; }

    /// <summary>y = f(z).</summary>
    /// <param name="z">[rows, units]</param>
    /// <param name="units">Numbers in a row.</param>
    /// <param name="y">[rows, units]; may be the same memory as z where <see cref="NeedsSum"/> is false.</param>
    public abstract void Forward(ReadOnlySpan<T> z, int units, Span<T> y);

    /// <summary>∂L/∂z from ∂L/∂y.</summary>
    /// <param name="z">[rows, units]; empty where <see cref="NeedsSum"/> is false.</param>
    /// <param name="y">[rows, units]</param>
    /// <param name="yGradient">∂L/∂y, [rows, units]</param>
    /// <param name="units">Numbers in a row.</param>
    /// <param name="zGradient">∂L/∂z, [rows, units]; may be the same memory as yGradient.</param>
    public abstract void Backward(ReadOnlySpan<T> z, ReadOnlySpan<T> y, ReadOnlySpan<T> yGradient, int units, Span<T> zGradient);

    /// <summary>What a builder makes of the activation's formula; null where the activation looks at more than one number.</summary>
    internal virtual TResult? Build<TResult>(IFormulaBuilder<T, TResult> builder)
        where TResult : class => null;
}

/// <summary>An activation that treats each number by itself: its value and its derivative.</summary>
internal interface IActivationFormula<T>
{
    /// <summary>Whether <see cref="Derivative"/> reads z.</summary>
    static abstract bool NeedsSum { get; }

    /// <summary>f(z)</summary>
    Vector512<T> Value(Vector512<T> z);

    /// <summary>f′(z), given z (undefined unless NeedsSum) and y = f(z).</summary>
    Vector512<T> Derivative(Vector512<T> z, Vector512<T> y);
}

/// <summary>Makes something for one formula, so that the runtime compiles the formula into its loops.</summary>
internal interface IFormulaBuilder<T, TResult>
{
    /// <summary>Makes it.</summary>
    TResult Build<TFormula>(TFormula formula)
        where TFormula : struct, IActivationFormula<T>;
}

/// <summary>Applies a formula to every number: y = f(z), dz = dy · f′(z).</summary>
internal sealed class ElementwiseActivation<T, TFormula>(TFormula formula) : Activation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFormula : struct, IActivationFormula<T>
{
    public override bool NeedsSum => TFormula.NeedsSum;

    public override void Forward(ReadOnlySpan<T> z, int units, Span<T> y) => Elementwise.Map(z, y, new Value(formula));

    public override void Backward(ReadOnlySpan<T> z, ReadOnlySpan<T> y, ReadOnlySpan<T> yGradient, int units, Span<T> zGradient) =>
        Elementwise.Map(TFormula.NeedsSum ? z : y, y, yGradient, zGradient, new ChainRule(formula));

    internal override TResult Build<TResult>(IFormulaBuilder<T, TResult> builder) => builder.Build(formula);

    private readonly struct Value(TFormula formula) : IParametricUnaryFormula<T>
    {
        public Vector512<T> Apply(Vector512<T> z) => formula.Value(z);
    }

    private readonly struct ChainRule(TFormula formula) : IParametricTernaryFormula<T>
    {
        public Vector512<T> Apply(Vector512<T> z, Vector512<T> y, Vector512<T> yGradient) => yGradient * formula.Derivative(z, y);
    }
}
