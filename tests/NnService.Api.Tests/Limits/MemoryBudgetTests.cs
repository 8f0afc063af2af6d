using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models;

namespace NnService.Api.Tests.Limits;

/// <summary>A service that may take 256 MiB.</summary>
public sealed class MemoryBudgetTests(LimitedService service) : IClassFixture<LimitedService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public void The_ceiling_is_shared_out()
    {
        var limits = service.Services.GetRequiredService<MemoryLimits>();

        Assert.Equal((268_435_456, 134_217_728, 16_777_216, 16_777_216), (limits.Bytes, limits.HeapBytes, limits.ModelBytes, limits.BodyBytes));
        Assert.Equal(29_360_128, limits.WorkBytes);
        Assert.Equal(22_020_096, service.Services.GetRequiredService<MemoryBudget>().ForTrainings);
    }

    [Fact]
    public async Task A_body_that_would_need_more_than_there_ever_is_is_refused_with_413()
    {
        await Prepare();
        var rows = new string(' ', 3_000_000);

        var refused = await _wire.Post("models/small/predict", $$"""{"rows":[[1]{{rows}}]}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.Equal(
            "This would need about 36,000,168 bytes of memory; Limits:MemoryBytes leaves 29,360,128 for requests and trainings. "
                + "Send fewer rows or numbers at a time, or raise the limit.",
            (string?)refused.Json["detail"]);
    }

    [Fact]
    public async Task The_doors_of_others_refuse_it_in_their_own_form()
    {
        await Prepare();

        var refused = await _wire.Post("/v1/models/small:predict", $$"""{"instances":[[1]{{new string(' ', 4_000_000)}}]}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.StartsWith("{\"error\":\"This would need about 96,", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_that_would_need_more_is_refused_with_what_to_change()
    {
        await Prepare();

        foreach (var path in new[] { "training-jobs", "training-jobs?validateOnly=true" })
        {
            var refused = await _wire.Post(path, """
                {"dataset":"small","target":"y","features":["a"],"network":{"layers":[{"type":"dense","units":2000},{"type":"dense","units":2000},{"type":"dense","units":1,"activation":"sigmoid"}]}}
                """);

            Assert.Equal((HttpStatusCode.BadRequest, "#"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));
            Assert.Contains("Limits:MemoryBytes allows 22,020,096. Take fewer units, a smaller batch or table, or raise the limit.",
                (string?)refused.Json["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Answers_that_are_no_array_are_refused_before_the_training()
    {
        var csv = $"x,y\n{string.Concat(Enumerable.Range(0, 215_000).Select(i => $"{i % 7},v{i % 10_000}\n"))}";
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=labels&types=y:category", csv)).Status);

        var refused = await _wire.Post("training-jobs?validateOnly=true", """
            {"dataset":"labels","target":"y","split":{"train":1,"validation":0,"test":0},"network":{"layers":[{"type":"dense"}]}}
            """);

        Assert.Equal((HttpStatusCode.BadRequest, "#/split"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));
        Assert.Contains("A part of the split has 215,000 rows, and of 10,000 outputs the answers to no more than 214,748 can be measured at a time.",
            (string?)refused.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_does_not_wait_for_the_memory_of_a_training()
    {
        await Prepare();
        var memory = service.Services.GetRequiredService<MemoryBudget>();
        using var training = memory.ReserveForTraining(memory.ForTrainings, () => false);

        var refused = await _wire.Post("models/small/predict", $$"""{"rows":[[1]{{new string(' ', 1_000_000)}}]}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        Assert.Contains("which other requests and trainings have taken", (string?)refused.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/small/predict", """{"rows":[[1]]}""")).Status);
    }

    [Fact]
    public async Task A_job_that_is_to_stop_waits_for_its_memory_all_the_same()
    {
        await Prepare();
        var memory = service.Services.GetRequiredService<MemoryBudget>();
        string id;
        using (memory.ReserveForTraining(memory.ForTrainings, () => false))
        {
            id = (string)(await _wire.Post("training-jobs", """{"dataset":"small","target":"y","features":["a"],"model":"stopped"}""")).Json["id"]!;
            await _wire.Until(id, "running");
            await _wire.Post($"training-jobs/{id}/stop", "");
            for (var look = 0; look < 200; look++) // without memory it would be done in that time
                Assert.Equal("running", (string?)(await _wire.Get($"training-jobs/{id}")).Json["state"]);
        }

        await _wire.Until(id, "succeeded");
    }

    [Fact]
    public async Task A_small_upload_takes_little_of_it()
    {
        var memory = service.Services.GetRequiredService<MemoryBudget>();
        using var other = memory.Reserve(memory.Total - (1 << 20), 413, "");

        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=little", "a,b\n1,2\n3,4\n")).Status);
    }

    [Fact]
    public async Task A_request_waits_for_the_memory_of_another()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        var first = memory.Reserve(memory.Total, 413, "");
        var second = Task.Run(() => memory.Reserve(1, 413, ""));
        first.Dispose();

        (await second).Dispose();
        memory.Reserve(memory.Total, 413, "").Dispose();
    }

    [Fact]
    public async Task A_request_that_needs_more_than_is_left_beside_its_own_does_not_wait_for_itself()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        var requests = service.Services.GetRequiredService<LongRequests>();

        var refused = await Assert.ThrowsAsync<ProblemException>(() => requests.RunAsync(
            () =>
            {
                using var first = memory.Reserve(memory.Total, 413, "");
                using var second = memory.Reserve(1, 413, "Send less");
            },
            CancellationToken.None));

        Assert.Equal(413, refused.Problem.Status);
        memory.Reserve(memory.Total, 413, "").Dispose();
    }

    [Fact]
    public async Task Who_waits_for_memory_to_read_a_large_model_keeps_nobody_from_another_one()
    {
        var (memory, models) = (service.Services.GetRequiredService<MemoryBudget>(), service.Services.GetRequiredService<ModelStore>());
        var workers = new LongRequests(2, 2, Timeout.InfiniteTimeSpan, CancellationToken.None);
        await MakeLarge("large-1", units: 730); // twice 4.3 MB to read it
        await MakeLarge("large-2", units: 850); // twice 5.8 MB
        var other = memory.Reserve(memory.Total - 10_000_000, 413, "");
        Thread? first = null;

        var waits = workers.RunAsync(
            () =>
            {
                Volatile.Write(ref first, Thread.CurrentThread);
                return models.Find("large-2", null);
            },
            CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref first)?.ThreadState.HasFlag(ThreadState.WaitSleepJoin) == true, Wire.Patience));
        var finds = workers.RunAsync(() => models.Find("large-1", null), CancellationToken.None);

        Assert.Same(finds, await Task.WhenAny(waits, finds).WaitAsync(Wire.Patience));
        other.Dispose();
        Assert.NotNull(await finds);
        Assert.NotNull(await waits);
    }

    [Fact]
    public async Task A_training_waits_for_requests_and_no_request_goes_before_it_meanwhile()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        var request = memory.Reserve(memory.Total, 413, "");
        var looks = 0;
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var training = Task.Run(() => memory.ReserveForTraining(memory.ForTrainings, () =>
        {
            if (++looks == 1)
                waits.SetResult();
            return false;
        }));
        await waits.Task;

        Assert.Equal(429, Assert.Throws<ProblemException>(() => memory.Reserve(memory.Total - memory.ForTrainings + 1, 413, "")).Problem.Status);
        request.Dispose();

        Assert.NotNull(await training);
    }

    [Fact]
    public void A_training_that_is_left_while_it_waits_takes_nothing()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        var request = memory.Reserve(memory.Total, 413, "");

        Assert.Null(memory.ReserveForTraining(memory.ForTrainings, () => true));

        request.Dispose();
        memory.Reserve(memory.Total, 413, "").Dispose();
    }

    [Fact]
    public async Task A_training_waits_for_those_that_came_before_it_also_where_its_own_memory_is_free()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        var running = memory.ReserveForTraining(memory.ForTrainings / 2, () => false)!;
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var large = Task.Run(() => memory.ReserveForTraining(memory.ForTrainings, () =>
        {
            waits.TrySetResult();
            return false;
        }));
        await waits.Task.WaitAsync(Wire.Patience);

        Assert.Null(memory.ReserveForTraining(1, () => true));
        running.Dispose();
        var taken = await large.WaitAsync(Wire.Patience);
        Assert.NotNull(taken);
        Assert.Null(memory.ReserveForTraining(1, () => true));
        taken.Dispose();
        Assert.NotNull(memory.ReserveForTraining(1, () => true));
    }

    [Fact]
    public async Task A_training_that_is_left_while_it_waits_gives_its_turn_up()
    {
        var memory = new MemoryBudget(new MemoryLimits(268_435_456));
        using var running = memory.ReserveForTraining(memory.ForTrainings / 2, () => false);
        using var isLeft = new ManualResetEventSlim();
        var (largeWaits, smallWaits) = (Signal(), Signal());
        var large = Begin(memory.ForTrainings, largeWaits, () => isLeft.IsSet);
        await largeWaits.Task.WaitAsync(Wire.Patience);
        var small = Begin(1, smallWaits, () => false);
        Assert.Same(smallWaits.Task, await Task.WhenAny(smallWaits.Task, small));
        isLeft.Set();

        Assert.Null(await large.WaitAsync(Wire.Patience));
        Assert.NotNull(await small.WaitAsync(Wire.Patience));

        Task<MemoryBudget.Reservation?> Begin(long bytes, TaskCompletionSource waits, Func<bool> isOver) => Task.Run(() => memory.ReserveForTraining(bytes, () =>
        {
            waits.TrySetResult();
            return isOver();
        }));
        static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [Fact]
    public async Task Importance_takes_as_much_as_its_rows_and_labels_need()
    {
        await Prepare();
        string[] labels = [.. Enumerable.Range(0, 1200).Select(i => $"\"v{i:0000}\"")];
        var csv = $"a,y\n{string.Concat(Enumerable.Range(0, 2400).Select(i => $"{i},v{i % 1200:0000}\n"))}";
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=labelled&types=y:category", csv)).Status);
        await Make("labelled", 1, labels.Length, $"\"labels\":[{string.Join(',', labels)}],");

        var little = await _wire.Post("models/small/importance", """{"dataset":"small"}""");
        var much = await _wire.Post("models/labelled/importance", """{"dataset":"labelled"}""");

        Assert.True(little.Status == HttpStatusCode.OK, little.Text);
        Assert.Equal(HttpStatusCode.Conflict, much.Status);
        Assert.StartsWith("This would need about 46,137,", (string?)much.Json["detail"], StringComparison.Ordinal); // 2,400 * 2,403 * 8, and the body
    }

    [Fact]
    public async Task An_export_takes_the_rows_that_it_is_compared_on_into_account()
    {
        await Make("wide", 16_000, 1);
        await Make("narrow", 10, 1);

        foreach (var format in (string[])["onnx", "safetensors", "json", "c"])
        {
            var refused = await _wire.Get($"models/wide/export/{format}");
            Assert.Equal(HttpStatusCode.Conflict, refused.Status);
            Assert.StartsWith("This would need about ", (string?)refused.Json["detail"], StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/narrow/export/{format}")).Status);
        }
    }

    [Fact]
    public async Task A_body_that_finds_no_room_in_memory_is_read_from_a_file_all_the_same()
    {
        await Prepare();
        // More than the 16 MiB that bodies may take, in bytes that need no memory to be understood.
        var csv = "a\n" + string.Concat(Enumerable.Repeat($"1.{new string('0', 97)}\n", 200_000));

        var answer = await _wire.Send(HttpMethod.Post, "models/small/predict", new StringContent(csv, Encoding.ASCII, "text/csv"), ("Accept", "text/csv"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(200_001, answer.Text.Count(letter => letter == '\n'));
    }

    // Of more than 4 MiB.
    private async Task MakeLarge(string name, int units)
    {
        var row = $"[{string.Join(',', Enumerable.Repeat(0, units))}]";
        var made = await _wire.Post("models", $$"""
            {"name":"{{name}}","features":["a"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[{{row}}],"bias":{{row}}},
             {"type":"dense","weights":[{{string.Join(',', Enumerable.Repeat(row, units))}}],"bias":{{row}}},
             {"type":"dense","weights":[{{string.Join(',', Enumerable.Repeat("[0]", units))}}],"bias":[0]}]} }
            """);
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
    }

    // One layer from x0, x1 … to its outputs.
    private async Task Make(string name, int inputs, int outputs, string more = "")
    {
        var row = $"[{string.Join(',', Enumerable.Repeat(0, outputs))}]";
        var features = inputs == 1 ? "\"a\"" : string.Join(',', Enumerable.Range(0, inputs).Select(i => $"\"x{i}\""));
        var made = await _wire.Post("models", $$"""
            {"name":"{{name}}","features":[{{features}}],"target":"y",{{more}}"network":{"layers":[
             {"type":"dense","weights":[{{string.Join(',', Enumerable.Repeat(row, inputs))}}],"bias":{{row}}{{(outputs > 1 ? ",\"activation\":\"softmax\"" : "")}} }]} }
            """);
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
    }

    private async Task Prepare()
    {
        if ((await _wire.Get("models/small")).Status == HttpStatusCode.OK)
            return;
        await _wire.PostCsv("datasets?name=small", "a,y\n1,p\n2,q\n3,p\n4,q\n");
        await _wire.Train("""{"dataset":"small","target":"y","features":["a"],"epochs":2,"model":"small"}""");
    }
}
