using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>
/// A block of C held in registers while k runs. The types below nest into tiles of 1, 2, 4, 6 or 8 rows of one or two registers: the runtime takes the nested
/// structs apart and keeps every field in a register, which it does for no array, span or inline array.
/// </summary>
internal unsafe interface ITile<TSelf, TVector, T>
    where TSelf : struct, ITile<TSelf, TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract int Rows { get; }

    /// <summary>Registers across: 1 or 2. The last one may be masked.</summary>
    static abstract int Across { get; }

    static abstract TSelf Load<TEdge>(T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T>;

    /// <summary>c[i, :] += a[i] · b for each row i; b0 and b1 are the registers across, b1 unused if there is one.</summary>
    static abstract TSelf MulAdd(TSelf c, T* a, nint rowStride, TVector b0, TVector b1);

    static abstract void Store<TEdge>(TSelf tile, T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T>;
}

/// <summary>How the last register of a row is read and written: whole, or only as far as the matrix goes.</summary>
internal unsafe interface IEdge<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract TVector Load(T* source, TVector mask);

    static abstract void Store(T* destination, TVector mask, TVector vector);
}

internal readonly unsafe struct WholeEdge<TLanes, TVector, T> : IEdge<TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(T* source, TVector mask) => TLanes.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* destination, TVector mask, TVector vector) => TLanes.Store(destination, vector);
}

internal readonly unsafe struct MaskedEdge<TLanes, TVector, T> : IEdge<TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(T* source, TVector mask) => TLanes.LoadMasked(source, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* destination, TVector mask, TVector vector) => TLanes.StoreMasked(destination, mask, vector);
}

/// <summary>One row of one register.</summary>
internal unsafe struct Half<TLanes, TVector, T> : ITile<Half<TLanes, TVector, T>, TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TVector _only;

    public static int Rows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    public static int Across
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Half<TLanes, TVector, T> Load<TEdge>(T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T> => new() { _only = TEdge.Load(c, mask) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Half<TLanes, TVector, T> MulAdd(Half<TLanes, TVector, T> c, T* a, nint rowStride, TVector b0, TVector b1) =>
        new() { _only = TLanes.MulAdd(TLanes.Broadcast(a), b0, c._only) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TEdge>(Half<TLanes, TVector, T> tile, T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T> => TEdge.Store(c, mask, tile._only);
}

/// <summary>One row of two registers.</summary>
internal unsafe struct Row<TLanes, TVector, T> : ITile<Row<TLanes, TVector, T>, TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TVector _left;
    private TVector _right;

    public static int Rows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    public static int Across
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row<TLanes, TVector, T> Load<TEdge>(T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T> => new() { _left = TLanes.Load(c), _right = TEdge.Load(c + TLanes.Count, mask) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Row<TLanes, TVector, T> MulAdd(Row<TLanes, TVector, T> c, T* a, nint rowStride, TVector b0, TVector b1)
    {
        var element = TLanes.Broadcast(a);
        return new() { _left = TLanes.MulAdd(element, b0, c._left), _right = TLanes.MulAdd(element, b1, c._right) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TEdge>(Row<TLanes, TVector, T> tile, T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T>
    {
        TLanes.Store(c, tile._left);
        TEdge.Store(c + TLanes.Count, mask, tile._right);
    }
}

/// <summary>One tile upon another.</summary>
internal unsafe struct Stack<TUpper, TLower, TVector, T> : ITile<Stack<TUpper, TLower, TVector, T>, TVector, T>
    where TUpper : struct, ITile<TUpper, TVector, T>
    where TLower : struct, ITile<TLower, TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private TUpper _upper;
    private TLower _lower;

    public static int Rows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TUpper.Rows + TLower.Rows;
    }

    public static int Across
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TUpper.Across;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Stack<TUpper, TLower, TVector, T> Load<TEdge>(T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T> => new()
        {
            _upper = TUpper.Load<TEdge>(c, rowStride, mask),
            _lower = TLower.Load<TEdge>(c + (TUpper.Rows * rowStride), rowStride, mask),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Stack<TUpper, TLower, TVector, T> MulAdd(Stack<TUpper, TLower, TVector, T> c, T* a, nint rowStride, TVector b0, TVector b1) => new()
    {
        _upper = TUpper.MulAdd(c._upper, a, rowStride, b0, b1),
        _lower = TLower.MulAdd(c._lower, a + (TUpper.Rows * rowStride), rowStride, b0, b1),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TEdge>(Stack<TUpper, TLower, TVector, T> tile, T* c, nint rowStride, TVector mask)
        where TEdge : struct, IEdge<TVector, T>
    {
        TUpper.Store<TEdge>(tile._upper, c, rowStride, mask);
        TLower.Store<TEdge>(tile._lower, c + (TUpper.Rows * rowStride), rowStride, mask);
    }
}
