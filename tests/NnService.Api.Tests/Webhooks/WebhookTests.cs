using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NnService.Api.Data;
using NnService.Api.Webhooks;

namespace NnService.Api.Tests.Webhooks;

/// <summary>Other services are told of ended jobs, signed, again and again until they take it, and only where they may be.</summary>
public sealed class WebhookTests
{
    private const string Job = """{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":3,"model":"heights"}""";

    [Fact]
    public async Task The_end_of_a_job_is_told_signed_and_once()
    {
        await using var receiver = await Receiver.Start();
        using var service = new TestService();
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Train(Job); // before there is a webhook: not told
        var made = await wire.Post("webhooks", $$"""{"name":"ends","url":"{{receiver.Url}}"}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);

        var job = await wire.Train(Job);
        var message = await receiver.Next();

        var body = JsonNode.Parse(message.Body)!;
        Assert.Equal("/ends", message.Path);
        Assert.Equal("training-job.succeeded", (string?)body["type"]);
        Assert.Equal((string?)job["id"], (string?)body["data"]!["id"]);
        Assert.Equal(2, (int)body["data"]!["modelVersion"]!);
        Assert.Equal(Signature((string)made.Json["secret"]!, message), message.Signature);
        Assert.InRange(long.Parse(message.Timestamp), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 300, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var delivery = await Delivered(wire, 1);
        Assert.Equal(message.Id, (string?)delivery["messageId"]);
        Assert.Equal((1, 204), ((int)delivery["attempts"]!, (int)delivery["lastStatus"]!));
        Assert.Null(delivery["nextAt"]);
        Assert.False(receiver.HasMore);
        Assert.Null((await wire.Get("webhooks/ends")).Json["secret"]);
    }

    [UnixFact]
    public async Task What_is_not_taken_is_sent_again_also_after_a_restart()
    {
        await using var receiver = await Receiver.Start();
        receiver.Answer = context =>
        {
            context.Response.Headers.Location = "/elsewhere";
            return 307; // a redirect is no delivery, and is not followed
        };
        using var folder = new TemporaryFolder();
        Message first;
        using (var service = await ServiceProcess.Start(folder.Path, "--Webhooks:AllowedHosts=127.0.0.1"))
        {
            await service.Wire.Upload("heights", "toy_heights.csv");
            await service.Wire.Post("webhooks", $$"""{"name":"ends","url":"{{receiver.Url}}"}""");
            await service.Wire.Train(Job);
            first = await receiver.Next();
            await service.Kill();
        }

        receiver.Answer = _ => 200;
        using var again = await ServiceHere.Start(folder.Path, "--Webhooks:AllowedHosts=127.0.0.1");
        var second = await receiver.Next();

        Assert.Equal(("/ends", first.Id, first.Body), (second.Path, second.Id, second.Body));
        await Delivered(again.Wire, null);
    }

    [Fact]
    public async Task A_message_whose_result_cannot_be_saved_is_sent_once()
    {
        await using var receiver = await Receiver.Start();
        var disk = new FullDisk();
        using var service = new TestService { Interceptor = disk };
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Post("webhooks", $$"""{"name":"ends","url":"{{receiver.Url}}"}""");
        await wire.Train(Job);
        await receiver.Next();
        var dispatcher = service.Services.GetServices<IHostedService>().OfType<WebhookDispatcher>().Single();

        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                dispatcher.Wake();
                return disk.Failures >= 3;
            },
            Wire.Patience));
        disk.HasRoom = true;
        dispatcher.Wake();

        await Delivered(wire, 1);
        Assert.False(receiver.HasMore);
    }

    [Theory]
    [InlineData("""{"url":"https://elsewhere.example.com/"}""", 403)]
    [InlineData("""{"url":"http://10.0.0.1/"}""", 403)]
    [InlineData("""{"url":"ftp://127.0.0.1/"}""", 400)]
    [InlineData("""{"url":"http://user:secret@127.0.0.1/"}""", 400)]
    [InlineData("""{"url":"/ends"}""", 400)]
    [InlineData("""{"name":"ends"}""", 400)]
    [InlineData("""{"url":"http://127.0.0.1/","secret":"short"}""", 400)]
    public async Task An_address_that_may_not_be_told_is_refused(string body, int status)
    {
        using var service = new TestService();

        Assert.Equal(status, (int)(await service.Wire.Post("webhooks", body)).Status);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("2002:a00:1::", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("172.32.0.1", false)]
    [InlineData("2606:4700::1111", false)]
    public void Private_addresses_are_known(string address, bool isPrivate) => Assert.Equal(isPrivate, PrivateAddresses.Has(IPAddress.Parse(address)));

    [Fact]
    public async Task A_name_that_leads_into_the_private_network_is_not_connected_to()
    {
        await using var receiver = await Receiver.Start();
        var port = new Uri(receiver.Url).Port;
        using var sender = new WebhookSender(new WebhookSettings(["localhost", "127.0.0.1"]));

        var byName = await sender.SendAsync(MessageTo($"http://localhost:{port}/"), DateTimeOffset.UtcNow, CancellationToken.None);
        var byAddress = await sender.SendAsync(MessageTo($"http://127.0.0.1:{port}/"), DateTimeOffset.UtcNow, CancellationToken.None);

        Assert.Contains("not of the public internet", byName.Error, StringComparison.Ordinal);
        Assert.True(byAddress.IsDelivered);
        await receiver.Next();
        Assert.False(receiver.HasMore);

        static Outgoing MessageTo(string url) => new(1, 0, 1, "msg_1", "{}", url, WebhookSignature.NewSecret());
    }

    [Fact]
    public async Task A_receiver_that_hangs_does_not_hold_up_the_others()
    {
        using var hanging = new TcpListener(IPAddress.Loopback, 0);
        hanging.Start(200); // connections come to be, and nobody answers on them
        await using var receiver = await Receiver.Start();
        using var service = new TestService();
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Post("webhooks", $$"""{"name":"hangs","url":"http://{{hanging.LocalEndpoint}}/"}""");
        await wire.Post("webhooks", $$"""{"name":"ends","url":"{{receiver.Url}}"}""");
        service.Services.GetRequiredService<Database>().Write(db =>
        {
            var webhook = db.Webhooks.First(row => row.Name == "hangs").Number;
            for (var i = 0; i < 200; i++)
            {
                var delivery = new WebhookDelivery
                {
                    WebhookNumber = webhook,
                    MessageId = $"msg_{i}",
                    Event = "training-job.succeeded",
                    Payload = "{}",
                    CreatedAt = DateTime.UtcNow.AddHours(-1),
                };
                delivery.Create();
                db.WebhookDeliveries.Add(delivery);
            }

            return true;
        });

        for (var i = 0; i < 2; i++) // the second finds the first ones hanging
        {
            await wire.Train(Job);
            await receiver.Next().WaitAsync(TimeSpan.FromSeconds(14)); // an attempt at the one that hangs takes 15
        }

        Assert.True(hanging.Pending());
    }

    // The example of the specification's own libraries.
    [Fact]
    public void A_signature_is_the_one_that_receivers_compute() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}"""));

    /// <summary>Refuses to save what came of a message.</summary>
    private sealed class FullDisk : SaveChangesInterceptor
    {
        private volatile bool _hasRoom;
        private int _failures;

        public bool HasRoom { set => _hasRoom = value; }

        public int Failures => Volatile.Read(ref _failures);

        public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
        {
            if (_hasRoom || !eventData.Context!.ChangeTracker.Entries<WebhookDelivery>().Any(entry => entry.State == EntityState.Modified))
                return result;
            Interlocked.Increment(ref _failures);
            throw new IOException("There is no room.");
        }
    }

    private static string Signature(string secret, Message message) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{message.Id}.{message.Timestamp}.{message.Body}")));

    private static async Task<JsonNode> Delivered(Wire wire, int? attempts)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var deliveries = (await wire.Get("webhooks/ends/deliveries")).Json["items"]!.AsArray();
            if (deliveries is [{ } only] && only["deliveredAt"] is not null && (attempts is null || (int)only["attempts"]! == attempts))
                return only;
            await glance.WaitForNextTickAsync(deadline.Token);
        }
    }
}
