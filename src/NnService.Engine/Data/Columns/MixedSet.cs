namespace NnService.Engine.Data.Columns;

/// <summary>A set of values whose bits are mixed already.</summary>
internal sealed class MixedSet
{
    private ulong[] _slots = new ulong[1 << 10]; // 0: free
    private int _count;
    private bool _hasZero;

    /// <summary>Whether the value was not there yet.</summary>
    internal bool Add(ulong value)
    {
        if (value == 0)
        {
            bool isNew = !_hasZero;
            _hasZero = true;
            return isNew;
        }

        int mask = _slots.Length - 1;
        int slot = (int)(value >> 8) & mask; // the low eight bits have chosen the bucket
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_slots[slot] == value)
                return false;
        }

        _slots[slot] = value;
        if (++_count > _slots.Length / 2)
            Grow();
        return true;
    }

    internal void Clear()
    {
        Array.Clear(_slots);
        (_count, _hasZero) = (0, false);
    }

    private void Grow()
    {
        ulong[] old = _slots;
        _slots = new ulong[2 * old.Length];
        int mask = _slots.Length - 1;
        foreach (ulong value in old)
        {
            if (value == 0)
                continue;
            int slot = (int)(value >> 8) & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = value;
        }
    }
}
