using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Layers;

/// <summary>The numbers of a dense layer of a tiny network: where they are.</summary>
/// <remarks>
/// Packed parameters and their gradient: W, each row a register; b, where there is one; and W transposed, where there is a layer below to ask for it. Of a
/// single unit above another layer Wᵀ is one register with all weights in it, and there is no W beside it.
/// </remarks>
internal sealed unsafe class TinyShape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="layer">The layer.</param>
    /// <param name="below">The layer below; null for the first one.</param>
    /// <param name="rows">Rows of the largest minibatch.</param>
    /// <param name="memory">Where its numbers are to be.</param>
    public TinyShape(Dense<T> layer, TinyShape<T>? below, int rows, PackedMemory<T> memory)
    {
        (Inputs, UseBias, Below) = (layer.Inputs, layer.UseBias, below);
        Rows = new(layer.Outputs, rows);
        IsOneRegister = below is not null && layer.Outputs == 1;
        PackedInputs = IsOneRegister ? 0 : Inputs;
        Weights = below?.End ?? 0;
        Bias = Weights + (PackedInputs * PackedRows<T>.Width);
        Transposed = Bias + (UseBias ? PackedRows<T>.Width : 0);
        End = Transposed + (below is null ? 0 : Rows.Columns * PackedRows<T>.Width);
        Y = memory.Take(rows * Rows.Stride);
        Slope = memory.Take(rows * Rows.Stride);
        Dz = memory.Take(rows * Rows.Stride);
    }

    /// <summary>Numbers a row brings in.</summary>
    public nint Inputs { get; }

    /// <summary>Whether there are biases.</summary>
    public bool UseBias { get; }

    /// <summary>The layer below; null for the first one, whose rows come as the samples have them.</summary>
    public TinyShape<T>? Below { get; }

    /// <summary>How y, f′(z) and ∂L/∂z lie in memory.</summary>
    public PackedRows<T> Rows { get; }

    /// <summary>Whether all its weights are one register, that of Wᵀ.</summary>
    public bool IsOneRegister { get; }

    /// <summary>Rows of W that are packed.</summary>
    public nint PackedInputs { get; }

    /// <summary>First weight, counted from the start of the network's packed parameters.</summary>
    public nint Weights { get; }

    /// <summary>The biases, one register.</summary>
    public nint Bias { get; }

    /// <summary>Wᵀ, each row a register; nothing in the first layer.</summary>
    public nint Transposed { get; }

    /// <summary>Where the next layer begins.</summary>
    public nint End { get; }

    /// <summary>The layer's output, packed.</summary>
    public T* Y { get; }

    /// <summary>f′(z), packed.</summary>
    public T* Slope { get; }

    /// <summary>∂L/∂z, packed.</summary>
    public T* Dz { get; }
}
