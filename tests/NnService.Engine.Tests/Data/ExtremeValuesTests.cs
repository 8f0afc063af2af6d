using System.Globalization;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

/// <summary>Values far from all others.</summary>
public class ExtremeValuesTests
{
    [Fact]
    public void One_so_far_that_the_distance_is_no_number_is_found_or_passed_over()
    {
        var numbers = Enumerable.Range(0, 40).Select(i => (-1.7e308 + (i * 1e304)).ToString("R", CultureInfo.InvariantCulture)).Append("1.7e308");
        var table = Tables.Csv("x\n" + string.Join('\n', numbers) + "\n");

        var found = ExtremeValues.In(table.Columns[0], Tables.AllRows(table));

        Assert.True(found is null || found.Count == 1);
    }
}
