using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// Eight draws of <see cref="Bootstrap"/> side by side: how often each has each row. A sum over the rows is a chain of its own in each lane, and so has the
/// bits that it has for one draw alone.
/// </summary>
internal sealed class DrawLanes
{
    /// <summary>Draws at once.</summary>
    internal const int Count = 8;

    private readonly ushort[] _counts; // [rows, lanes]
    private readonly uint[] _words;

    /// <summary>A draw in every lane that has each row once.</summary>
    /// <param name="rows">Number of rows.</param>
    public DrawLanes(int rows)
    {
        (_counts, _words) = (new ushort[rows * Count], new uint[rows]);
        Array.Fill(_counts, (ushort)1);
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _words.Length;

    /// <summary>[lanes] how often each draw has a row.</summary>
    public Vector512<double> this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var counts = Vector256.WidenLower(Of(row).ToVector256Unsafe());
            return Vector512.ConvertToDouble(Vector512.WidenLower(counts.ToVector512Unsafe()));
        }
    }

    /// <summary>[lanes] the same as whole numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<ushort> Of(int row) => Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_counts), (nuint)(row * Count));

    /// <summary>Sets how often each draw has a row.</summary>
    public void Set(int row, Vector128<ushort> counts) => counts.CopyTo(_counts, row * Count);

    /// <summary>Draws anew.</summary>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="first">Number of the first.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Draw(ulong seed, int first)
    {
        _counts.AsSpan().Clear();
        for (var lane = 0; lane < Count; lane++)
        {
            var counts = _counts.AsSpan(lane);
            Bootstrap.Words(seed, first + lane, _words);
            foreach (var word in _words)
                counts[Bootstrap.RowOf(word, _words.Length) * Count]++;
        }
    }
}
