using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NnService.Engine.Kernels;

/// <summary>
/// A matrix over memory owned by somebody else: element (i, j) stands at i · rowStride + j · columnStride. A transpose is a swap of the strides.
/// </summary>
public readonly ref struct View<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ref T _origin;

    /// <summary>Rows one behind the other, without gaps.</summary>
    public View(Span<T> elements, int rows, int columns)
        : this(elements, rows, columns, columns)
    {
    }

    /// <summary>Any strides ≥ 0; throws if the last element lies outside <paramref name="elements"/>.</summary>
    public View(Span<T> elements, int rows, int columns, int rowStride, int columnStride = 1)
        : this(ref MemoryMarshal.GetReference(elements), rows, columns, rowStride, columnStride)
    {
        ReadOnlyView<T>.CheckExtent(elements.Length, rows, columns, rowStride, columnStride);
    }

    private View(ref T origin, int rows, int columns, int rowStride, int columnStride)
    {
        _origin = ref origin;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStride { get; }

    public int ColumnStride { get; }

    /// <summary>The same elements with rows and columns exchanged; nothing is moved.</summary>
    public View<T> Transposed => new(ref _origin, Columns, Rows, ColumnStride, RowStride);

    internal ref T Origin => ref _origin;

    public ref T this[int row, int column]
    {
        get
        {
            ReadOnlyView<T>.CheckIndex(row, column, Rows, Columns);
            return ref Unsafe.Add(ref _origin, ((nint)row * RowStride) + ((nint)column * ColumnStride));
        }
    }

    public static implicit operator ReadOnlyView<T>(View<T> view) =>
        new(ref view._origin, view.Rows, view.Columns, view.RowStride, view.ColumnStride);
}

/// <summary>A <see cref="View{T}"/> that is only read.</summary>
public readonly ref struct ReadOnlyView<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ref T _origin;

    /// <inheritdoc cref="View{T}(Span{T}, int, int)"/>
    public ReadOnlyView(ReadOnlySpan<T> elements, int rows, int columns)
        : this(elements, rows, columns, columns)
    {
    }

    /// <inheritdoc cref="View{T}(Span{T}, int, int, int, int)"/>
    public ReadOnlyView(ReadOnlySpan<T> elements, int rows, int columns, int rowStride, int columnStride = 1)
        : this(ref MemoryMarshal.GetReference(elements), rows, columns, rowStride, columnStride)
    {
        CheckExtent(elements.Length, rows, columns, rowStride, columnStride);
    }

    internal ReadOnlyView(ref T origin, int rows, int columns, int rowStride, int columnStride)
    {
        _origin = ref origin;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStride { get; }

    public int ColumnStride { get; }

    /// <inheritdoc cref="View{T}.Transposed"/>
    public ReadOnlyView<T> Transposed => new(ref _origin, Columns, Rows, ColumnStride, RowStride);

    internal ref T Origin => ref _origin;

    public ref readonly T this[int row, int column]
    {
        get
        {
            CheckIndex(row, column, Rows, Columns);
            return ref Unsafe.Add(ref _origin, ((nint)row * RowStride) + ((nint)column * ColumnStride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void CheckExtent(int length, int rows, int columns, int rowStride, int columnStride)
    {
        // In long: 65536 · 65536 is 0 in int.
        var last = ((rows - 1L) * rowStride) + ((columns - 1L) * columnStride);
        if ((rows | columns | rowStride | columnStride) < 0 || (last >= length && rows > 0 && columns > 0))
            ThrowExtent(length, rows, columns, rowStride, columnStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void CheckIndex(int row, int column, int rows, int columns)
    {
        if ((uint)row >= (uint)rows || (uint)column >= (uint)columns)
            ThrowIndex(row, column, rows, columns);
    }

    private static void ThrowExtent(int length, int rows, int columns, int rowStride, int columnStride) => throw new ArgumentException(
        $"A view of {rows} x {columns} elements with strides {rowStride} and {columnStride} does not fit into {length} elements.");

    private static void ThrowIndex(int row, int column, int rows, int columns) => throw new ArgumentOutOfRangeException(
        nameof(row), $"Element ({row}, {column}) is outside a view of {rows} x {columns}.");
}
