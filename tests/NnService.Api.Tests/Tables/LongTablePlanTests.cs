using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Specs;

namespace NnService.Api.Tests.Tables;

/// <summary>What is planned on a long table stays as it was, however it is worked out: hashes of splits, encodings, configurations and warnings.</summary>
public sealed class LongTablePlanTests
{
    private const int Rows = 120_000;
    private const int Repeated = 3_000; // rows at the end that stand at the start too

    [Theory]
    [InlineData("""{"target":"y"}""", "c61aa69b9c86efc4")]
    [InlineData("""{"target":"y","split":{"train":0.5,"validation":0.2,"test":0.1},"seed":7,"precision":"float64"}""", "181dae416ed59b34")]
    [InlineData("""{"target":"y","split":{"folds":5,"fold":3},"preprocessing":{"numeric":"robust","dates":"parts"}}""", "6d5e75b62e05ef1e")]
    [InlineData("""{"target":"y","split":{"groupBy":"group"},"preprocessing":{"numeric":"minMax"},"clampOutput":true}""", "194717de4cd0d134")]
    [InlineData("""{"target":"y","split":{"column":"part"},"rowWeights":"weight","ignore":["typo"]}""", "5f2405d77df59d77")]
    [InlineData("""{"target":"label","seed":3}""", "f6b71468491f36e7")]
    [InlineData("""{"target":"label","split":{"testEvery":7},"ignore":["leak"]}""", "c5e2991950c90fde")]
    [InlineData("""{"target":"label","split":{"folds":10,"repeat":2},"features":["even","flag","few"]}""", "be3a534fc8a5e895")]
    [InlineData("""{"target":"label","split":{"groupBy":"group"},"features":["even","many"],"preprocessing":{"maxCategories":20}}""", "21f5b329ca84bd24")]
    [InlineData("""{"target":["y","even"],"split":{"method":"sequential"},"features":["gaps","amount","typo","far","big"]}""", "f75b57cdb17c4cde")]
    [InlineData("""{"target":"gappy","preprocessing":{"columns":{"even":{"numeric":"robustClip"},"amount":{"transform":"log1p"}}}}""", "c1dd1f5532a0bf09")]
    public void Plan_is_the_same_for_ever(string job, string hash)
    {
        using var folder = new TemporaryFolder();
        var asked = JsonSerializer.Deserialize<TrainingConfiguration>(job, SpecJson.Options)!;
        var stored = Path.Combine(folder.Path, "table.columns");
        using (var columns = ColumnFile.Create(stored))
            columns.Finish(CsvTable.Read(new MemoryStream(s_csv.Value), new TableReadOptions { Into = columns }));

        Assert.Equal((hash, hash), (HashOf(asked, ColumnFile.TryOpen(stored)!), HashOf(asked, CsvTable.Read(new MemoryStream(s_csv.Value)))));
    }

    private static readonly Lazy<byte[]> s_csv = new(Csv);

    private static string HashOf(TrainingConfiguration asked, Table table)
    {
        var findings = new Findings();
        var plan = TrainingPlan.Of(new PlanRequest(asked, null, null, table, IsNew: true), findings)!;
        Assert.Empty(findings.Problems);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in new[] { plan.Split.Train, plan.Split.Validation, plan.Split.Test })
            hash.AppendData(MemoryMarshal.AsBytes(part.Span));
        // The hashes are older than ignoreConstants and rulesVersion.
        var configuration = JsonSerializer.SerializeToNode(
            plan.Configuration with { Preprocessing = plan.Configuration.Preprocessing! with { IgnoreConstants = null } }, SpecJson.Options)!.AsObject();
        configuration.Remove("rulesVersion");
        foreach (var made in new object[] { plan.Features, plan.Target, configuration, findings.Warnings, plan.UnusedColumns })
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(made, made.GetType(), SpecJson.Options));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    // Every kind of column that planning looks at in a way of its own.
    private static byte[] Csv()
    {
        var state = 88172645463325252UL; // xorshift64 (Marsaglia 2003)
        var lines = new List<string> { "even,amount,gaps,typo,far,big,flag,few,many,day,leak,group,part,weight,gappy,label,y" };
        for (var row = 0; row < Rows - Repeated; row++)
        {
            var (even, other, third) = (Next(), Next(), Next());
            var few = (int)(other * 5);
            var y = (2 * even) + few + third;
            string[] cells =
            [
                Text(even), Text(1000 * Eighth(other)), row % 31 == 0 ? "" : Text(third - 0.5), Text(row == 77_777 ? 5e7 : other * 10), Text(row == 4_321 ? 900 : third),
                Text(1e9 + (int)(even * 9)), row % 3 == 0 ? "true" : "false", $"c{few}", $"m{(int)(Next() * Next() * 400)}",
                new DateTime(2001, 1, 1).AddDays((int)(third * 9000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Text(3 - y), $"g{(int)(Next() * 30_000)}",
                third < 0.7 ? "train" : third < 0.8 ? "validation" : third < 0.95 ? "test" : "", Text(Next()), Next() < 0.02 ? "" : Text(y * y),
                y < 2 ? "low" : y < 5.5 ? "middle" : y < 7.97 ? "high" : "top", Text(y),
            ];
            lines.Add(string.Join(',', cells));
        }

        lines.AddRange(lines[1..(Repeated + 1)]);
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));

        double Next()
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (state >> 11) * (1.0 / (1UL << 53));
        }
    }

    private static double Eighth(double number) => number * number * number * number * number * number * number * number;

    private static string Text(double number) => Math.Round(number, 6).ToString(CultureInfo.InvariantCulture);
}
