using System.Text.RegularExpressions;

namespace NnService.Api.Tests;

/// <summary>
/// One way to refuse: endpoints and the operations they call return their refusals; only what reads a request throws them, for it is deep in a parser, and what
/// stands around all handlers.
/// </summary>
public sealed partial class RefusalTests
{
    /// <summary>The files that may throw one, and why. Remove a file from the list when it throws none any more.</summary>
    private static readonly Dictionary<string, string> s_mayThrow = new()
    {
        ["Refusal.cs"] = "makes them",
        ["Problem.cs"] = "declares the exception",
        ["ProblemMiddleware.cs"] = "answers with them",
        ["JsonRefusal.cs"] = "turns what the JSON reader throws into them",
        ["RequestMistakes.cs"] = "gathers what those throw who read parts of a request",
        ["TableRefusal.cs"] = "turns what the readers of tables throw into them",

        ["Acceptable.cs"] = "reads Accept",
        ["Body.cs"] = "reads JSON",
        ["BodyMistakes.cs"] = "gathers what is wrong with JSON",
        ["CreatedBeforeQuery.cs"] = "reads the query",
        ["IdempotencyKey.cs"] = "reads its header",
        ["InflatedStream.cs"] = "reads gzip",
        ["JobCursor.cs"] = "reads the query",
        ["JobFields.cs"] = "reads the query",
        ["JobFilter.cs"] = "reads the query",
        ["JobSort.cs"] = "reads the query",
        ["LimitedStream.cs"] = "reads bodies up to a limit",
        ["NameFilter.cs"] = "reads the query",
        ["Page.cs"] = "reads the query",
        ["QueryParameter.cs"] = "reads the query",
        ["ReadingOptions.cs"] = "reads the query, and the parts of a form",
        ["RequestBodies.cs"] = "reads bodies up to a limit",
        ["WholeBody.cs"] = "reads bodies up to a limit",

        ["EvaluateQuery.cs"] = "reads the query",
        ["FormField.cs"] = "reads forms",
        ["FormHeaders.cs"] = "reads forms",
        ["FormPart.cs"] = "reads forms",
        ["FormParts.cs"] = "reads forms",
        ["FormedTable.cs"] = "reads forms",
        ["TableBytes.cs"] = "reads uploads",
        ["UploadBody.cs"] = "reads uploads",
        ["UploadForm.cs"] = "reads forms",

        ["BinaryHeader.cs"] = "reads tensors",
        ["Datatype.cs"] = "reads tensors",
        ["IntervalLevel.cs"] = "a query parameter",
        ["InferParameters.cs"] = "reads tensors",
        ["InferRequest.cs"] = "reads tensors",
        ["InputTensor.cs"] = "reads tensors",
        ["JsonText.cs"] = "reads tensors",
        ["InvocationRequest.cs"] = "reads the bodies of other servers' clients",
        ["RepositoryIndexBody.cs"] = "reads the bodies of other servers' clients",
        ["ScoringForm.cs"] = "reads Accept and the type of a body",
        ["ScoringJson.cs"] = "reads the bodies of other servers' clients",
        ["ScoringRows.cs"] = "reads rows",
        ["ServingRequest.cs"] = "reads the bodies of other servers' clients",
        ["TensorAnswer.cs"] = "reads which outputs are asked for",
        ["TensorBatches.cs"] = "reads rows",
        ["TensorJson.cs"] = "reads tensors",

        ["DatasetBatches.cs"] = "reads rows, slice by slice while the answer is made",
        ["EncodedRow.cs"] = "reads a row",
        ["ExplainedAnswer.cs"] = "explains row by row while the answer is made",
        ["Predictor.cs"] = "is asked batch by batch while rows are read",
        ["PredictionAnswers.cs"] = "sees how long the answer gets while rows are read",
        ["RowColumns.cs"] = "reads a header, or does without one",
        ["RequestRows.cs"] = "reads rows, or which dataset has them",
        ["RowProblems.cs"] = "gathers what is wrong with rows",
        ["TargetValue.cs"] = "reads a target or an output",

        ["TrialJobs.cs"] = "reads a job with a drawn value in it, and throws none",
        ["StudySteps.cs"] = "waits while others have the memory of a last step, and throws none",

        ["LongRequests.cs"] = "its queue is full, before a handler is called or below everything that it calls",
        ["HistoryResult.cs"] = "finds at the end of a history that its job is gone, in a worker or before anything is sent",
        ["MemoryBudget.cs"] = "there is no memory, before a handler is called or below everything that it calls",
    };

    [Fact]
    public void Only_what_reads_a_request_throws_a_refusal()
    {
        var throwing = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "NnService.Api"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Any(line => Thrown().IsMatch(line)))
            .Select(file => Path.GetFileName(file))
            .ToHashSet();

        string[] wrong =
        [
            .. throwing.Except(s_mayThrow.Keys).Order()
            .Select(file => $"{file} throws a refusal: return Refusal.Result or an Outcome, or add it here with what it reads."),
            .. s_mayThrow.Keys.Except(throwing).Order().Select(file => $"{file} throws none any more."),
        ];
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [InlineData("            throw Refusal.Exception(404, \"There is no model yet.\");", true)]
    [InlineData("            ?? throw new ProblemException(Refusal.Of(problems));", true)]
    [InlineData("            throw JsonRefusal.From(bad);", true)]
    [InlineData("    private static ProblemException Full() => Make();", true)]
    [InlineData("    /// <summary>The rows. Errors: <see cref=\"ProblemException\"/>.</summary>", false)]
    [InlineData("            return Refusal.Result(404, \"There is no model yet.\");", false)]
    public void What_throws_is_seen(string line, bool isSeen) => Assert.Equal(isSeen, Thrown().IsMatch(line));

    [Fact]
    public void No_endpoint_may_throw_one() =>
        Assert.DoesNotContain(
            s_mayThrow.Keys, file => file.EndsWith("Endpoints.cs", StringComparison.Ordinal) || file.EndsWith("Endpoint.cs", StringComparison.Ordinal));

    // Whatever names the exception or makes one, in code and not in a comment.
    [GeneratedRegex(@"^(?!\s*//).*(\bProblemException\b|\bRefusal\.Exception\(|\bJsonRefusal\.From\()")]
    private static partial Regex Thrown();
}
