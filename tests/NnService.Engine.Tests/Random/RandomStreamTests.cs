using NnService.Engine.Random;

namespace NnService.Engine.Tests.Random;

public sealed class RandomStreamTests
{
    private static readonly RandomStream Stream = new(seed: 42, RandomPurpose.Sampling, epoch: 3);

    [Fact]
    public void Bits_are_the_low_words_of_one_philox_block()
    {
        var block = Philox.Block(7, 1, 3, (uint)RandomPurpose.Sampling, 0x89abcdef, 0x01234567);
        Assert.Equal(block.Low, new RandomStream(0x0123456789abcdef, RandomPurpose.Sampling, 3).Bits((1UL << 32) + 7));
    }

    [Fact]
    public void Seed_purpose_epoch_and_index_each_change_the_bits()
    {
        ulong[] bits =
        [
            Stream.Bits(5),
            Stream.Bits(6),
            Stream.Bits(5 + (1UL << 32)),
            new RandomStream(43, RandomPurpose.Sampling, 3).Bits(5),
            new RandomStream(42 + (1UL << 32), RandomPurpose.Sampling, 3).Bits(5),
            new RandomStream(42, RandomPurpose.Split, 3).Bits(5),
            new RandomStream(42, RandomPurpose.Sampling, 4).Bits(5),
        ];
        Assert.Equal(bits.Length, bits.Distinct().Count());
        Assert.Equal(bits[0], new RandomStream(42, RandomPurpose.Sampling, 3).Bits(5));
    }

    // Eight blocks at a time, across the carry into the upper half of the index, and what is left over.
    [Fact]
    public void Halves_are_those_of_the_bits()
    {
        foreach (var start in (ulong[])[0, 5, uint.MaxValue - 9UL, (7UL << 32) + 3])
            for (var length = 0; length <= 50; length++)
            {
                var words = new uint[length];
                Stream.FillHalves(start, words);
                for (var i = 0; i < length; i++)
                    Assert.Equal((uint)(Stream.Bits(start + (ulong)(i / 2)) >> (i % 2 * 32)), words[i]);
            }
    }

    [Fact]
    public void Uniform_has_the_mean_and_variance_of_its_distribution()
    {
        const int n = 100_000;
        double sum = 0, squares = 0;
        for (var i = 0; i < n; i++)
        {
            var u = Stream.Uniform((ulong)i);
            Assert.InRange(u, 0, 1 - Math.ScaleB(1, -53));
            sum += u;
            squares += u * u;
        }

        // Five standard errors of the mean (0.2887 / √n) and of the second moment (0.298 / √n).
        Assert.Equal(0.5, sum / n, 5 * 0.2887 / Math.Sqrt(n));
        Assert.Equal(1.0 / 3, squares / n, 5 * 0.298 / Math.Sqrt(n));
    }

    [Fact]
    public void Normal_has_the_moments_of_its_distribution()
    {
        const int n = 100_000;
        double first = 0, second = 0, third = 0, fourth = 0;
        for (var i = 0; i < n; i++)
        {
            var x = Stream.Normal((ulong)i);
            (first, second, third, fourth) = (first + x, second + (x * x), third + (x * x * x), fourth + (x * x * x * x));
        }

        // Five standard errors: the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
        var error = 5 / Math.Sqrt(n);
        Assert.Equal(0, first / n, error);
        Assert.Equal(1, second / n, error * Math.Sqrt(2));
        Assert.Equal(0, third / n, error * Math.Sqrt(15));
        Assert.Equal(3, fourth / n, error * Math.Sqrt(96));
    }

    [Fact]
    public void Below_gives_each_value_about_equally_often()
    {
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
            counts[Stream.Below((ulong)i, 7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500)); // 10,000 ± 5.4 standard deviations
        Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Below(0, 0));
    }

    // Bits are drawn for some items at once: across the ends of those, and for lists shorter than one draw.
    [Fact]
    public void Shuffle_swaps_each_item_from_the_last_down_with_one_that_its_index_draws()
    {
        foreach (var length in (int[])[0, 1, 2, 7, 8, 63, 64, 65, 127, 128, 129, 1_000])
        {
            int[] shuffled = [.. Enumerable.Range(0, length)];
            int[] swapped = [.. shuffled];
            Stream.Shuffle(shuffled);
            for (var last = length - 1; last > 0; last--)
            {
                var chosen = Stream.Below((ulong)last, last + 1);
                (swapped[last], swapped[chosen]) = (swapped[chosen], swapped[last]);
            }

            Assert.Equal(swapped, shuffled);
        }
    }

    [Fact]
    public void Shuffle_is_a_permutation_and_reaches_each_of_the_six_orders_of_three_equally_often()
    {
        var orders = new Dictionary<string, int>();
        for (uint epoch = 0; epoch < 6_000; epoch++)
        {
            int[] items = [0, 1, 2];
            new RandomStream(1, RandomPurpose.Shuffle, epoch).Shuffle(items);
            var key = string.Join(",", items);
            orders[key] = orders.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, count => Assert.InRange(count, 850, 1150)); // 1,000 ± 5.2 standard deviations

        var many = Enumerable.Range(0, 1000).ToArray();
        Stream.Shuffle(many);
        Assert.NotEqual(Enumerable.Range(0, 1000), many);
        Assert.Equal(Enumerable.Range(0, 1000), many.Order());
    }

    [Fact]
    public void Filled_words_depend_on_their_index_alone()
    {
        var all = new uint[40];
        Stream.Fill(0, all);
        for (var first = 0; first < all.Length; first++)
        {
            var some = new uint[Math.Min(9, all.Length - first)];
            Stream.Fill((ulong)first, some);
            Assert.Equal(all[first..(first + some.Length)], some);
        }

        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.NotEqual((uint)Stream.Bits(0), all[0]);
        Assert.Equal(Philox.Block(9, 0, 3, 0xffffff00 | (uint)RandomPurpose.Sampling, 42, 0), new PhiloxBlock(all[36], all[37], all[38], all[39]));
    }

    [Fact]
    public void Numbers_of_a_stream_never_change()
    {
        // Models are reproduced from their seed: these values are part of the format.
        int[] items = [0, 1, 2, 3, 4, 5, 6, 7];
        Stream.Shuffle(items);
        Assert.Equal((16440197380254509557UL, 0.51233128027112784, -1.0362003323377742, 395),
            (Stream.Bits(0), Stream.Uniform(1), Stream.Normal(2), Stream.Below(3, 1000)));
        Assert.Equal("7 5 2 1 4 3 0 6", string.Join(" ", items));
    }
}
