using NnService.Api.Http;

namespace NnService.Api.Keeping;

/// <summary>After how many days things go; null: never, which is the default of each.</summary>
/// <param name="EndedJobsDays">Training jobs with their histories, from their end; their models stay.</param>
/// <param name="UnusedDatasetsDays">Datasets that no job names which is still there, and no study that has not ended, from their upload.</param>
/// <param name="ModelVersionsDays">Versions that are neither the latest of their model nor under an alias, from when they were made.</param>
internal sealed record RetentionSettings(long? EndedJobsDays, long? UnusedDatasetsDays, long? ModelVersionsDays)
{
    private const long MostDays = 36_500;

    public bool IsOn => EndedJobsDays is not null || UnusedDatasetsDays is not null || ModelVersionsDays is not null;

    /// <summary>What goes after how many days.</summary>
    public string Say()
    {
        (string What, long? Days)[] ages = [("ended jobs", EndedJobsDays), ("unused datasets", UnusedDatasetsDays), ("old versions without alias", ModelVersionsDays)];
        return string.Join(", ", ages.Where(age => age.Days is not null).Select((age, i) => $"{age.What}{(i == 0 ? " go" : "")} after {Days(age.Days)}"));
    }

    /// <summary>So many days, in words.</summary>
    public static string Days(long? days) => days == 1 ? "1 day" : $"{days} days";

    /// <summary>Errors: <see cref="Errors.StartException"/> where a setting is no number of days.</summary>
    public static RetentionSettings Of(IConfiguration settings) => new(
        Days(settings, "Retention:EndedJobsDays"), Days(settings, "Retention:UnusedDatasetsDays"), Days(settings, "Retention:ModelVersionsDays"));

    private static long? Days(IConfiguration settings, string key) =>
        settings[key] is { Length: > 0 } ? Math.Min(Setting.Number(settings, key, 0, low: 1), MostDays) : null;
}
