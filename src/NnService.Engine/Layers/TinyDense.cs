using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;

namespace NnService.Engine.Layers;

/// <summary>A dense layer of a tiny network: what <see cref="Dense{T}"/> computes, to the bit.</summary>
internal abstract unsafe class TinyDense<T>(TinyShape<T> shape)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where its numbers are.</summary>
    public TinyShape<T> Shape { get; } = shape;

    /// <summary>The tiny form of a dense layer; null where its activation looks at more than one number.</summary>
    public static TinyDense<T>? Of(Dense<T> layer, TinyShape<T> shape) => layer.Activation.Build(new Builder(shape));

    /// <summary>y = f(x·W + b), and f′, so that the backward pass need not know f.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="parameters">The network's packed parameters.</param>
    /// <param name="rows">Rows of the minibatch.</param>
    public abstract void Forward(T* x, nint xStride, T* parameters, nint rows);

    /// <summary><see cref="Forward"/> for one row, with no more than that needs.</summary>
    /// <remarks>
    /// Parameters are repeated for each of the rows side by side, so one row fills its registers with copies of itself, however many have room there.
    /// </remarks>
    public abstract void ForwardRow(T* x, T* parameters);

    /// <summary>dz = dy ⊙ f′(z) with dy = above·transposed;  dW = xᵀ·dz, and once more transposed;  db = Σ over rows of dz.</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="xStride">From one row of x to the next.</param>
    /// <param name="above">dz of the next layer, [rows, depth].</param>
    /// <param name="aboveStride">From one row of it to the next.</param>
    /// <param name="transposed">Wᵀ of the next layer, [depth, outputs], each row a register.</param>
    /// <param name="depth">Units of the next layer.</param>
    /// <param name="gradient">∂L/∂parameters, packed.</param>
    /// <param name="rows">Rows of the minibatch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Backward(T* x, nint xStride, T* above, nint aboveStride, T* transposed, nint depth, T* gradient, nint rows)
    {
        var shape = Shape;
        var packed = shape.Rows;
        var abreast = packed.Abreast;
        nint at = 0;
        for (var left = rows; left > 0; left -= 4, above += 4 * aboveStride, at += 4 * packed.Stride)
        {
            var dy = packed.Product<PackedRows<T>.Whole>(above, aboveStride, left, transposed, depth);
            Descend(shape, dy.First, at);
            if (left > abreast && abreast < 4)
                Descend(shape, dy.Second, at + PackedRows<T>.Width);
            if (left > 2 && abreast == 1)
                Descend(shape, dy.Third, at + (2 * PackedRows<T>.Width));
            if (left > 3 && abreast == 1)
                Descend(shape, dy.Fourth, at + (3 * PackedRows<T>.Width));
        }

        packed.TransposedProduct(x, xStride, shape.PackedInputs, shape.Dz, rows, gradient + shape.Weights);
        if (shape.UseBias)
            packed.ColumnSums(shape.Dz, rows).Store(gradient + shape.Bias);
        if (shape.Below is { } below)
            below.Rows.TransposedProduct(shape.Dz, packed.Stride, packed.Columns, x, rows, gradient + shape.Transposed);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Descend(TinyShape<T> shape, Vector512<T> dy, nint at) => (dy * Vector512.Load(shape.Slope + at)).Store(shape.Dz + at);

    private sealed class Builder(TinyShape<T> shape) : IFormulaBuilder<T, TinyDense<T>>
    {
        public TinyDense<T> Build<TFormula>(TFormula formula)
            where TFormula : struct, IActivationFormula<T> => shape.IsOneRegister
                ? new TinyDense<T, TFormula, PackedRows<T>.Number>(shape, formula)
                : new TinyDense<T, TFormula, PackedRows<T>.Whole>(shape, formula);
    }
}

/// <summary>
/// The same for one activation, so that the runtime compiles its formula into the loops, and for one way in which the weights of an input are read: a register
/// of them, or the one of a single unit.
/// </summary>
internal sealed unsafe class TinyDense<T, TFormula, TWeights>(TinyShape<T> shape, TFormula formula) : TinyDense<T>(shape)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFormula : struct, IActivationFormula<T>
    where TWeights : struct, IPackedRow<T>
{
    private readonly TFormula _formula = formula;
    private readonly nint _weights = shape.IsOneRegister ? shape.Transposed : shape.Weights;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public override void Forward(T* x, nint xStride, T* parameters, nint rows)
    {
        var shape = Shape;
        var (packed, inputs) = (shape.Rows, shape.Inputs);
        var abreast = packed.Abreast;
        var weights = parameters + _weights;
        nint at = 0;
        for (; rows > 0; rows -= 4, x += 4 * xStride, at += 4 * packed.Stride)
        {
            var z = packed.Product<TWeights>(x, xStride, rows, weights, inputs);
            Finish(shape, parameters, z.First, at);
            if (rows > abreast && abreast < 4)
                Finish(shape, parameters, z.Second, at + PackedRows<T>.Width);
            if (rows > 2 && abreast == 1)
                Finish(shape, parameters, z.Third, at + (2 * PackedRows<T>.Width));
            if (rows > 3 && abreast == 1)
                Finish(shape, parameters, z.Fourth, at + (3 * PackedRows<T>.Width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public override void ForwardRow(T* x, T* parameters)
    {
        var shape = Shape;
        var weights = parameters + _weights;
        var z = Vector512<T>.Zero;
        for (nint input = 0; input < shape.Inputs; input++, weights += TWeights.Stride)
            z = FloatingPoint<T>.MulAdd(Vector512.Create(x[input]), TWeights.Load(weights), z);
        Finish(shape, parameters, z, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(TinyShape<T> shape, T* parameters, Vector512<T> z, nint at)
    {
        if (shape.UseBias)
            z += Vector512.Load(parameters + shape.Bias);
        var y = _formula.Value(z);
        y.Store(shape.Y + at);
        _formula.Derivative(z, y).Store(shape.Slope + at);
    }
}
