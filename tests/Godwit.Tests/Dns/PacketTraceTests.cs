using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dns;

public sealed class PacketTraceTests : IAsyncLifetime
{
    private const int Limit = 20_000;

    private readonly ScriptedDnsServer _server = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory(Timeout = Limit)]
    [InlineData(false, "udp")]
    [InlineData(true, "tcp")]
    public async Task A_question_and_its_answer_are_told_with_their_records(bool onlyTcp, string way)
    {
        _server.Zone("example.org").Ttl(120).Mx(10, "mx1").Mx(20, "mx2");

        IReadOnlyList<string> lines = await AskAsync(new PacketTrace(withOctets: false), onlyTcp);

        Assert.Equal(4, lines.Count);
        Assert.Matches($@"^<<< {_server.EndPoint} {way}, \d+ octets, id \d+, MX example\.org$", lines[0]);
        Assert.Matches($@"^>>> {_server.EndPoint} {way}, \d+ octets, id \d+, NOERROR, 2 record\(s\)$", lines[1]);
        Assert.Equal(["      example.org 120 MX 10 mx1.example.org", "      example.org 120 MX 20 mx2.example.org"], lines.Skip(2));
    }

    [Fact(Timeout = Limit)]
    public async Task Every_octet_of_a_packet_is_dumped_with_its_letters()
    {
        _server.Zone("example.org").Mx(10, "mx1");

        IReadOnlyList<string> lines = await AskAsync(new PacketTrace(withOctets: true), onlyTcp: false);

        int octets = int.Parse(lines[0].Split(' ')[3], null);
        string[] dump = [.. lines.Skip(1).TakeWhile(line => !line.StartsWith(">>>", StringComparison.Ordinal))];
        Assert.Equal((octets + 15) / 16, dump.Length);
        Assert.Matches("^      0000  [0-9a-f]{2} [0-9a-f]{2} 01 20 00 01 00 00  ?.*$", dump[0]);
        Assert.EndsWith(".exa", dump[0], StringComparison.Ordinal);
        Assert.Equal(octets, dump.Sum(line => line[12..59].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length));
    }

    [Fact(Timeout = Limit)]
    public async Task A_name_that_is_not_there_is_told()
    {
        _server.Zone("example.org").A("www", "192.0.2.1");

        IReadOnlyList<string> lines = await AskAsync(new PacketTrace(withOctets: false), onlyTcp: false, "none.example.org");

        Assert.EndsWith(", NXDOMAIN, 0 record(s)", lines[1], StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<string>> AskAsync(PacketTrace trace, bool onlyTcp, string name = "example.org")
    {
        await using var resolver = new DnsResolver(() => [_server.EndPoint], new ServerClock(new FakeTimeProvider()), onlyTcp: onlyTcp, trace: trace);
        await resolver.QueryAsync(DomainName.Parse(name), DnsType.MX, CancellationToken.None);
        return trace.Lines;
    }
}
