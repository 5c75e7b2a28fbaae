using Godwit.Delivery;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

/// <summary>What a trace sees of a connection that was on its way before anybody watched.</summary>
public sealed class TraceTests
{
    private static readonly QueueKey _key = new(DomainName.Parse("dest.test"), EnvelopeRecipient.DefaultVirtualMta);

    [Theory]
    [InlineData("554 5.7.1 go away", "over the connection to 127.0.0.1 (127.0.0.1), which was being opened\n>>> 554 5.7.1 go away")]
    [InlineData("220 go", "over the connection to 127.0.0.1 (127.0.0.1), which was being opened\n>>> 220 go\n<<< EHLO ")]
    public async Task A_connection_that_was_being_opened_is_watched_to_its_end(string greeting, string seen)
    {
        var gate = new TaskCompletionSource();
        await using var server = new ScriptedSmtpServer(script => script.Greeting = PeerAnswer.After(gate.Task, greeting));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { MaxSmtpOut = 1 });
        bench.Submit();
        await server.NextSessionAsync();

        // The bench's clock stands: only the end of the delivery can end the trace.
        IReadOnlyList<string>? lines = await bench.Dispatcher!
            .ObserveAsync(new TraceTerms(_key), gate.SetResult, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.StartsWith(seen, string.Join('\n', lines!), StringComparison.Ordinal);
    }
}
