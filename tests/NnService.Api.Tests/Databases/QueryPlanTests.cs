using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Data;
using NnService.Api.Webhooks;

namespace NnService.Api.Tests.Databases;

/// <summary>What is asked again and again is answered by indexes, however many rows there are.</summary>
public sealed class QueryPlanTests
{
    private const string Job = """{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":1,"recipe":"fast","model":"heights"}""";

    private readonly QueryPlans _plans = new();

    [SqliteFact]
    public async Task Lists_of_models_are_read_from_an_index_without_the_parameters()
    {
        using var service = new TestService { Interceptor = _plans };
        await service.Wire.Post("models", """{"name":"listed","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        _plans.Forget();

        await service.Wire.Get("models");
        await service.Wire.Get("models/listed");

        var plans = _plans.Of("SELECT", "\"Summary\"", "\"ModelVersions\"");
        Assert.Equal(2, plans.Count);
        Assert.All(plans, asked => Assert.Contains("USING COVERING INDEX IX_ModelVersions_List (ModelNumber=?)", asked.Plan, StringComparison.Ordinal));
        Assert.Empty(_plans.Of("\"Metrics\""));
    }

    [SqliteFact]
    public async Task The_next_job_is_the_first_of_an_index()
    {
        using var service = new TestService { Interceptor = _plans };
        await service.Wire.Upload("heights", "toy_heights.csv");
        await service.Wire.Train(Job);

        var plans = _plans.Of("\"TrainingJobs\"", "\"Priority\" DESC");

        Assert.NotEmpty(plans);
        Assert.All(plans, asked => Assert.Contains("IX_TrainingJobs_State_Priority_Number (State=?)", asked.Plan, StringComparison.Ordinal));
        Assert.All(plans, asked => Assert.DoesNotContain("TEMP B-TREE", asked.Plan, StringComparison.Ordinal));
    }

    [SqliteFact]
    public async Task What_is_old_is_found_by_indexes_before_the_write()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var service = new TestService { Interceptor = _plans };
        using var host = service.WithWebHostBuilder(builder => builder
            .UseSetting("Retention:EndedJobsDays", "10").UseSetting("Retention:ModelVersionsDays", "10")
            .ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var wire = new Wire(host.CreateClient(new WebApplicationFactoryClientOptions()));
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Train(Job);
        await wire.Train(Job);
        _plans.Forget();

        clock.Advance(TimeSpan.FromDays(11));

        var (jobs, versions) = (_plans.Of("FROM \"TrainingJobs\"", "\"StudyId\" IS NULL"), _plans.Of("FROM \"ModelVersions\"", "\"ModelAliases\""));
        Assert.Contains("USING INDEX IX_TrainingJobs_EndedAt (EndedAt<?)", jobs[0].Plan, StringComparison.Ordinal);
        Assert.Contains("USING INDEX IX_ModelVersions_CreatedAt (CreatedAt<?)", versions[0].Plan, StringComparison.Ordinal);
        foreach (var asked in (IReadOnlyList<(bool IsInWrite, string Plan)>[])[jobs, versions])
        {
            Assert.Equal([false, true], asked.Select(plan => plan.IsInWrite).Take(2));
            Assert.Contains("USING INTEGER PRIMARY KEY (rowid=?)", asked[1].Plan, StringComparison.Ordinal);
            Assert.All(asked, plan => Assert.DoesNotMatch("SCAN (t|m)", plan.Plan));
        }
    }

    [SqliteFact]
    public async Task Messages_are_found_by_the_index_of_their_webhook()
    {
        using var service = new TestService { Interceptor = _plans };
        await service.Wire.Post("webhooks", """{"name":"ends","url":"http://127.0.0.1:9/"}"""); // where nobody listens
        service.Services.GetRequiredService<Database>().Write(db =>
        {
            var delivery = new WebhookDelivery
            {
                WebhookNumber = db.Webhooks.Single().Number,
                MessageId = "msg_1",
                Event = "training-job.succeeded",
                Payload = "{}",
                CreatedAt = DateTime.UtcNow,
            };
            delivery.Create();
            db.WebhookDeliveries.Add(delivery);
            return true;
        });

        service.Services.GetServices<IHostedService>().OfType<WebhookDispatcher>().Single().Wake();
        await service.Wire.UntilAt("webhooks/ends/deliveries", log => (int)log["items"]![0]!["attempts"]! > 0);

        var (next, due, old) = (_plans.Of("FROM \"Webhooks\"", "\"NextAt\""), _plans.Of("\"Payload\"", "\"Secret\""), _plans.Of("\"CreatedAt\" <", "\"NextAt\" IS NULL"));
        Assert.All((IReadOnlyList<(bool, string)>[])[next, due, old], Assert.NotEmpty);
        Assert.All(next.Concat(due), asked => Assert.Contains("IX_WebhookDeliveries_WebhookNumber_NextAt (WebhookNumber=?", asked.Plan, StringComparison.Ordinal));
        Assert.All(next.Concat(due), asked => Assert.DoesNotContain("TEMP B-TREE", asked.Plan, StringComparison.Ordinal));
        Assert.All(old, asked => Assert.Contains("IX_WebhookDeliveries_CreatedAt (CreatedAt<?)", asked.Plan, StringComparison.Ordinal));
    }
}
