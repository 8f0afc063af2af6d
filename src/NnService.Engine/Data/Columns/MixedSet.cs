using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Columns;

/// <summary>A set of values whose bits are mixed already.</summary>
internal sealed class MixedSet : IDisposable
{
    private ulong[] _room = []; // longer than the slots, perhaps
    private int _slots;
    private bool _hasZero;

    /// <summary>Whether the value was not there yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Add(ulong value)
    {
        if (value == 0)
        {
            bool isNew = !_hasZero;
            _hasZero = true;
            return isNew;
        }

        ulong[] slots = _room; // 0: free
        int mask = _slots - 1;
        int slot = (int)(value >> 8) & mask; // the low eight bits have chosen the bucket
        for (; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (slots[slot] == value)
                return false;
        }

        slots[slot] = value;
        return true;
    }

    /// <summary>Empties it.</summary>
    /// <param name="most">Values that will be added at most; half of the slots stay free.</param>
    internal void Clear(int most)
    {
        _slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, most) * 2);
        if (_room.Length < _slots)
        {
            Dispose();
            _room = ArrayPool<ulong>.Shared.Rent(_slots);
        }

        Array.Clear(_room, 0, _slots);
        _hasZero = false;
    }

    /// <summary>Gives its memory back; it may be emptied and used again.</summary>
    public void Dispose()
    {
        if (_room.Length > 0)
            ArrayPool<ulong>.Shared.Return(_room);
        _room = [];
    }
}
