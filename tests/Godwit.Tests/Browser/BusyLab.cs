// A server that has seen everything that pages can show, for all tests that only look: started with the first of them.

using Godwit.Control;
using Godwit.Disposition;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Browser;

/// <summary>The server that pages are looked at on. Whoever changes something has one of his own.</summary>
public sealed class BusyLab : IAsyncLifetime
{
    internal ConsoleLab Running { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Running = await ConsoleLab.StartAsync();
        await Running.LoadAsync();
        await Running.FillAsync("gone.example", 3);
        await Running.FillAsync("silent.example", 12);
        await Running.Server.RunAsync("pause queue silent.example/v1");
        var operatorOfTest = new Caller { Level = AccessLevel.Admin, AddressLevel = AccessLevel.Admin, Proof = CallerProof.Token, MayChange = true };
        Operation? begun = Running.Server.Server.Operator.BeginDelete(
            [new RecipientFilter { Queue = Pattern("gone.example/v1") }], new RemovalTerms(Record: true, Tell: false), operatorOfTest, out string refusal);
        Assert.True(begun is not null, refusal);
    }

    public async ValueTask DisposeAsync() => await Running.DisposeAsync();

    private static QueuePattern Pattern(string queue)
    {
        Assert.True(QueuePattern.TryParse(queue, out QueuePattern pattern));
        return pattern;
    }
}
