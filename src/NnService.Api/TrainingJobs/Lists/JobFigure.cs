using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Api.Data;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Splits;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>A number of a job's metrics in a row of its own, by which lists find the best jobs without reading all (decision 86).</summary>
internal sealed class JobFigure
{
    /// <summary>Those that lists are sorted by and comparisons show: the figures of each part, and how many truths the intervals of the test part hold.</summary>
    public static IReadOnlyList<(string Part, string Name)> Shown { get; } =
        [.. Split.PartNames.SelectMany(part => Truth.Figures.Select(name => (part, name))), (Split.PartNames[^1], IntervalLevel.Coverage)];

    public required long JobNumber { get; init; }

    /// <summary>Where it stands in the metrics, such as <c>test.accuracy</c>.</summary>
    public required string Path { get; init; }

    public required double Value { get; init; }

    /// <summary>Adds those of a job that has succeeded, two dozen, in one statement: each would be a round trip while other writers wait.</summary>
    /// <param name="db">A write.</param>
    /// <param name="jobNumber">The job.</param>
    /// <param name="metrics">Its metrics as JSON.</param>
    public static void Add(AppDbContext db, long jobNumber, string metrics)
    {
        var (rows, values) = (new List<string>(), new List<object>());
        foreach (var (path, value) in In(metrics))
        {
            rows.Add($"({{{values.Count}}}, {{{values.Count + 1}}}, {{{values.Count + 2}}})");
            values.AddRange([jobNumber, path, value!.Value]);
        }

        if (rows.Count > 0)
            db.Database.ExecuteSql(FormattableStringFactory.Create(
                $"""INSERT INTO "JobFigures" ("JobNumber", "Path", "Value") VALUES {string.Join(", ", rows)}""", [.. values]));
    }

    /// <summary>Those of a job by their paths, as they stand in its metrics; none where it has none, and null where one is not among them.</summary>
    public static IReadOnlyDictionary<string, double?> Of(AppDbContext db, Guid job) =>
        In(db.TrainingJobs.Where(row => row.Id == job).Select(row => row.Metrics).FirstOrDefault());

    /// <summary>The same of metrics as JSON; null: there are none. Read without a tree of nodes: of a thousand labels the matrices beside them have three million
    /// numbers.</summary>
    public static IReadOnlyDictionary<string, double?> In(string? metrics)
    {
        var numbers = new Dictionary<string, double?>();
        if (metrics is null)
            return numbers;
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(metrics));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var part = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject || !Split.PartNames.Contains(part))
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString();
                json.Read();
                if (json.TokenType == JsonTokenType.Number)
                    numbers[$"{part}.{name}"] = json.GetDouble();
                else
                    json.Skip();
            }
        }

        return numbers;
    }
}

internal sealed class JobFigureMapping : IEntityTypeConfiguration<JobFigure>
{
    // Of equals the newest come first in both orders: one index backwards is the way down, the other the way up.
    public void Configure(EntityTypeBuilder<JobFigure> builder)
    {
        builder.HasKey(figure => new { figure.JobNumber, figure.Path });
        builder.HasIndex(figure => new { figure.Path, figure.Value, figure.JobNumber }, "IX_JobFigures_Down");
        builder.HasIndex(figure => new { figure.Path, figure.Value, figure.JobNumber }, "IX_JobFigures_Up").IsDescending(false, false, true);
        builder.HasOne<TrainingJob>().WithMany().HasForeignKey(figure => figure.JobNumber).OnDelete(DeleteBehavior.Cascade);
    }
}
