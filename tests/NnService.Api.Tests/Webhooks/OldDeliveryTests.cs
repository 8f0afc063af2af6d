using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NnService.Api.Data;
using NnService.Api.Webhooks;

namespace NnService.Api.Tests.Webhooks;

/// <summary>The log of what was sent does not grow for ever.</summary>
public sealed class OldDeliveryTests
{
    private const int Many = 1100; // more than go at once
    private static readonly DateTime s_now = DateTime.UtcNow;
    private static readonly SendResult s_taken = new(204, null);
    private static readonly SendResult s_refused = new(500, "It answered with 500.");

    [Fact]
    public async Task Messages_go_after_30_days_unless_they_are_still_to_be_sent()
    {
        using var service = new TestService();
        await service.Wire.Post("webhooks", """{"name":"ends","url":"http://127.0.0.1:9/"}""");
        service.Services.GetRequiredService<Database>().Write(db =>
        {
            var webhook = db.Webhooks.Single().Number;
            db.WebhookDeliveries.AddRange(
            [
                .. Enumerable.Range(0, Many).Select(_ => Delivery(webhook, "old", days: 31, s_taken)),
                Delivery(webhook, "given up", days: 31, [.. Enumerable.Repeat(s_refused, 8)]),
                Delivery(webhook, "to be sent", days: 31, s_refused),
                Delivery(webhook, "new", days: 29, s_taken),
            ]);
            return true;
        });

        service.Services.GetServices<IHostedService>().OfType<WebhookDispatcher>().Single().Wake();

        var left = await service.Wire.UntilAt("webhooks/ends/deliveries?limit=500", log => log["items"]!.AsArray().Count <= 2);
        Assert.Equal(["new", "to be sent"], left["items"]!.AsArray().Select(delivery => (string)delivery!["messageId"]!));
    }

    private static WebhookDelivery Delivery(long webhook, string id, int days, params SendResult[] results)
    {
        var delivery = new WebhookDelivery
        {
            WebhookNumber = webhook,
            MessageId = id,
            Event = "training-job.succeeded",
            Payload = "{}",
            CreatedAt = s_now.AddDays(-days),
        };
        delivery.Create();
        foreach (var result in results)
            delivery.Attempted(s_now, result); // so that what is to be sent again is so later
        return delivery;
    }
}
