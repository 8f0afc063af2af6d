namespace NnService.Engine.Data.Encodings;

/// <summary>Turns fractions into whole numbers of rows that add up (largest remainder; ties go to the earlier one).</summary>
internal static class Apportionment
{
    private const double Tolerance = 1e-9; // 0.7 · 10 is a little less than 7

    /// <summary>How many of <paramref name="rows"/> each fraction gets; the fractions and what they leave unused add up to 1.</summary>
    internal static int[] Of(int rows, ReadOnlySpan<double> fractions)
    {
        var ideal = new double[fractions.Length + 1];
        double sum = 0;
        for (int i = 0; i < fractions.Length; i++)
        {
            ideal[i] = rows * fractions[i];
            sum += fractions[i];
        }

        ideal[^1] = rows * Math.Max(0, 1 - sum);
        var room = new int[ideal.Length];
        Array.Fill(room, rows);
        return Fill(ideal, room, room, rows)[..^1];
    }

    /// <summary>
    /// Whole numbers near <paramref name="ideal"/> that add up to <paramref name="total"/>: each within its <paramref name="preferredRoom"/> where that
    /// suffices, and
    /// within its <paramref name="room"/> in any case.
    /// </summary>
    internal static int[] Fill(double[] ideal, int[] preferredRoom, int[] room, int total)
    {
        var counts = new int[ideal.Length];
        int left = total;
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = Math.Min((int)Math.Floor(ideal[i] + Tolerance), Math.Min(preferredRoom[i], left));
            left -= counts[i];
        }

        int[] byRemainder = [.. Enumerable.Range(0, counts.Length).OrderByDescending(i => Math.Round(ideal[i] - counts[i], 9))];
        foreach (int[] limit in new[] { preferredRoom, room })
        {
            for (bool moved = true; left > 0 && moved;)
            {
                moved = false;
                foreach (int i in byRemainder)
                {
                    if (left == 0 || counts[i] >= limit[i])
                        continue;
                    counts[i]++;
                    left--;
                    moved = true;
                }
            }
        }

        return counts;
    }
}
