using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;

namespace NnService.Api.Data;

/// <summary>Deletes several by a filter, all or none of them, or says what would go.</summary>
internal static class Deletion
{
    /// <summary>Items looked at in one call.</summary>
    public const int MostItems = 10_000;

    private const int MostWarnings = 50;

    public static readonly QueryParameter DryRun = new("dryRun", "`true`: say what would go, and delete nothing.", "true") { Form = ValueForm.Flag };

    /// <summary>The answer to a request.</summary>
    /// <param name="request">Says whether it is a dry run.</param>
    /// <param name="database">The database.</param>
    /// <param name="find">What the filter lets through, at most <see cref="MostItems"/>.</param>
    /// <param name="delete">Deletes rows by their numbers, within a write.</param>
    /// <param name="cancellation">Ends it before it is done.</param>
    public static async Task<IResult> RunAsync(
        HttpRequest request,
        Database database,
        Func<AppDbContext, IReadOnlyList<Deletable>> find,
        Action<AppDbContext, long[]> delete,
        CancellationToken cancellation)
    {
        var isDry = QueryValue.Flag(request, DryRun.Name);
        if (request.Query.FirstOrDefault(parameter => parameter.Value.ToString().Length == 0).Key is { } empty)
            return Refusal.Result(400, $"{empty} has no value; without it the filter would let more through. Give it one, or leave it out.");
        if (!isDry)
            return TypedResults.Ok(Response(isDry, await database.WriteFromReserveAsync(Delete, cancellation)));
        using var db = database.Read();
        return TypedResults.Ok(Response(isDry, find(db)));

        IReadOnlyList<Deletable> Delete(AppDbContext db)
        {
            var found = find(db); // within the write, so that nothing begins to need one of them meanwhile
            delete(db, [.. found.Where(item => item.WhyKept is null).Select(item => item.Number)]);
            return found;
        }
    }

    /// <summary>A refusal to delete everything for want of a filter.</summary>
    public static Problem NoFilter(string noun, IEnumerable<QueryParameter> filters) => Refusal.Of(
        400,
        $"Say which {noun}: give one or more of {string.Join(", ", filters.Select(filter => filter.Name))}. With dryRun=true the answer says what would go.");

    private static DeletionResponse Response(bool isDry, IReadOnlyList<Deletable> found)
    {
        string[] deleted = [.. found.Where(item => item.WhyKept is null).Select(item => item.Name)];
        KeptItem[] kept = [.. found.Where(item => item.WhyKept is not null).Select(item => new KeptItem(item.Name, item.WhyKept!))];
        string[] warnings = [.. found.Where(item => item.WhyKept is null).Select(item => item.Loss).OfType<string>().Take(MostWarnings)];
        return new DeletionResponse(isDry, deleted.Length, deleted, kept, warnings);
    }
}
