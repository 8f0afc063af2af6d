using System.Numerics;

namespace NnService.Engine.Kernels;

/// <summary>
/// C [m, n] = A [m, k] · B [k, n], or C += A · B: pinned memory and strides in elements, with the rows of C contiguous. What threads are given parts of.
/// </summary>
internal unsafe struct Product<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* A;
    public T* B;
    public T* C;
    public nint ARow;
    public nint AColumn;
    public nint BRow;
    public nint BColumn;
    public nint CRow;
    public int M;
    public int K;
    public int N;

    /// <summary>Whether the chains go on from what stands in C, instead of from 0.</summary>
    public bool Accumulate;

    /// <summary>The same product for some of the rows and columns of C.</summary>
    public readonly Product<T> Part(int row, int rows, int column, int columns)
    {
        var part = this;
        part.A += row * ARow;
        part.B += column * BColumn;
        part.C += (row * CRow) + column;
        part.M = rows;
        part.N = columns;
        return part;
    }
}
