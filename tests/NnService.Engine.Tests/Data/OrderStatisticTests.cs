using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class OrderStatisticTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(17, 1000)]
    [InlineData(200, 3)]
    [InlineData(700, 1)]
    [InlineData(1024, 1_000_000)]
    public void A_number_is_the_one_that_a_sort_puts_there(int count, int different)
    {
        var random = new System.Random(count);
        double[] numbers = [.. Enumerable.Range(0, count).Select(_ => random.Next(different) / 7.0)];
        double[][] orders = [numbers, [.. numbers.Order()], [.. numbers.OrderDescending()]];

        foreach (var order in orders)
            for (int place = 0; place < count; place += 1 + (count / 50))
                Assert.Equal(orders[1][place], OrderStatistic.At([.. order], place));
    }
}
