using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Studies;

/// <summary>Lists of studies.</summary>
public sealed class StudyListTests : IDisposable
{
    private readonly Questions _questions = new();
    private readonly TestService _service;

    public StudyListTests() => _service = new TestService { Interceptor = _questions };

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_list_is_read_by_a_few_questions_and_says_what_the_studies_say()
    {
        var wire = _service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Run(Study("first", "search"));
        await wire.Run(Study("folds", "crossValidation"));
        var questions = await Questions(wire);
        await wire.Run(Study("second", "search"));
        var held = await wire.Start($$"""{"name":"held","kind":"crossValidation","folds":2,"job":{{EndlessJob.OnHeights("heights", "held")}}}""");
        await wire.UntilAt($"studies/{held}", study => (int)study["trials"]![0]!["epochs"]! > 0);
        await wire.Post($"studies/{held}/pause", "");
        await wire.UntilAt("training-jobs?state=running", jobs => jobs["items"]!.AsArray().Count == 0);
        var cancelled = await wire.Start($$"""{"name":"gone","kind":"crossValidation","folds":2,"job":{{EndlessJob.OnHeights("heights", "gone")}}}""");
        await wire.UntilAt($"studies/{cancelled}", study => (int)study["trials"]![0]!["epochs"]! > 0);
        await wire.Post($"studies/{cancelled}/cancel", "");
        await wire.Ended(cancelled, "cancelled");

        Assert.Equal(questions, await Questions(wire));

        var listed = (await wire.Get("studies")).Json["items"]!.AsArray();
        Assert.Equal(["gone", "held", "second", "folds", "first"], listed.Select(study => (string)study!["name"]!));
        foreach (var study in listed)
        {
            var one = (await wire.Get($"studies/{study!["id"]}")).Json.AsObject();
            foreach (var bulk in (string[])["configuration", "trials"])
                one.Remove(bulk);
            Assert.Equal(one.ToJsonString(), study.ToJsonString());
        }

        Assert.InRange((double)listed[1]!["progress"]!, double.Epsilon, 0.1);
        Assert.NotNull(listed[2]!["best"]);
        Assert.Equal(1, (double)listed[2]!["progress"]!);
    }

    // Those of a list, none of which reads what the trials are made of.
    private async Task<int> Questions(Wire wire)
    {
        _questions.Forget();
        await wire.Get("studies");
        var asked = _questions.Asked.Where(question => question.Contains("Stud", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked, question => Assert.Equal(
            question.Contains("\"Base\"", StringComparison.Ordinal), question.Contains("'' AS \"Base\"", StringComparison.Ordinal)));
        return asked.Count;
    }

    private static string Study(string name, string kind) => $$"""
        {"name":"{{name}}","kind":"{{kind}}","job":{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":2,"recipe":"fast"},
         {{(kind == "search" ? "\"trials\":2,\"metric\":\"train/accuracy\",\"search\":{\"/batchSize\":{\"choice\":[1,2]}}" : "\"folds\":2")}},"model":"{{name}}"}
        """;
}
