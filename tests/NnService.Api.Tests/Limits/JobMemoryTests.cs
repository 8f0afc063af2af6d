using System.Globalization;
using System.Text;
using System.Text.Json;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;

namespace NnService.Api.Tests.Limits;

/// <summary>Where the encoded rows of a job are, by the memory there is and by the length of an array.</summary>
public sealed class JobMemoryTests
{
    private const int Columns = 2000;

    [Theory]
    [InlineData("train")]
    [InlineData("validation")]
    [InlineData("test")]
    public void A_part_of_more_numbers_than_an_array_holds_lies_in_files(string part)
    {
        var table = CsvTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(Csv())));
        var findings = new Findings();
        var asked = JsonSerializer.Deserialize<TrainingConfiguration>("""{"target":"y","recipe":"fast"}""", SpecJson.Options)!;
        var plan = TrainingPlan.Of(new PlanRequest(asked, null, null, table, IsNew: true), findings)!;
        Assert.Empty(findings.Problems);
        var most = Array.MaxLength / plan.Features.Layout.CompactWidth;
        var limits = new JobLimits(1, 1L << 40, "Training:MaxMemoryBytes");

        Assert.Null(JobMemory.Of(plan with { Split = With(plan.Split, part, most) }, table, limits).WindowBytes);
        Assert.NotNull(JobMemory.Of(plan with { Split = With(plan.Split, part, most + 1) }, table, limits).WindowBytes);
    }

    private static Split With(Split split, string part, int rows) => part switch
    {
        "train" => split with { Train = new int[rows] },
        "validation" => split with { Validation = new int[rows] },
        _ => split with { Test = new int[rows] },
    };

    private static string Csv()
    {
        var lines = Enumerable.Range(0, 60).Select(row => string.Join(
            ',', Enumerable.Range(0, Columns).Select(column => (row * (column + 7) % 59).ToString(CultureInfo.InvariantCulture)).Append($"{row}")));
        return string.Join(',', Enumerable.Range(0, Columns).Select(column => $"x{column}").Append("y")) + "\n" + string.Join('\n', lines);
    }
}
