using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Encodings;

/// <summary>The number at a place of the ascending order, without a sort of all of them.</summary>
internal static class OrderStatistic
{
    private const int FewNumbers = 16; // are sorted

    /// <summary>What would stand at a place if the numbers were sorted.</summary>
    /// <param name="numbers">None of them NaN; their order changes.</param>
    /// <param name="place">Counted from 0.</param>
    // Hoare's Find (1961), by the median of three; from a number of rounds on, which no table should reach, by a sort.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double At(Span<double> numbers, int place)
    {
        for (var rounds = 64; numbers.Length > FewNumbers && rounds > 0; rounds--)
        {
            var (first, middle, last) = (numbers[0], numbers[numbers.Length / 2], numbers[^1]);
            var pivot = Math.Max(Math.Min(first, middle), Math.Min(Math.Max(first, middle), last));
            var (low, high) = (0, numbers.Length - 1);
            while (low <= high)
            {
                while (numbers[low] < pivot)
                    low++;
                while (numbers[high] > pivot)
                    high--;
                if (low > high)
                    break;
                (numbers[low], numbers[high]) = (numbers[high], numbers[low]);
                (low, high) = (low + 1, high - 1);
            }

            if (place <= high)
                numbers = numbers[..(high + 1)];
            else if (place >= low)
            {
                numbers = numbers[low..];
                place -= low;
            }
            else
                return numbers[place]; // between the two parts, and equal to the pivot
        }

        numbers.Sort();
        return numbers[place];
    }
}
