using System.Net;
using Godwit.Diagnostics;
using Godwit.Foundation;

namespace Godwit.Tests.Diagnostics;

public sealed class OpenConnectionsTests
{
    private static readonly IPAddress _first = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress _second = IPAddress.Parse("192.0.2.2");

    private readonly OpenConnections _book = new();

    [Fact]
    public void Connections_are_counted_by_source_address_for_whatever_is_asked_about()
    {
        Begin("a.example", SourceName.Of("v1", _first, "mx1"), at: 1);
        Begin("a.example", SourceName.Of("v1", _second, "mx2"), at: 2);
        Begin("b.example", SourceName.Of("v1", _first, "mx1"), at: 3);
        Begin("a.example", SourceName.Of("v2", _first, "mx1"), at: 4);

        Assert.Equal([(_first, 2), (_second, 1)], Counted(each => each.VirtualMta == "v1"));
        Assert.Equal([(_first, 1), (_second, 1)], Counted(each => each.IsOf("a.example", "v1")));
        Assert.Equal([1, 2, 4], _book.Read(each => each.Destination == "a.example").Select(each => each.Since.Ticks));
    }

    [Fact]
    public void Sources_whose_addresses_the_system_chooses_are_told_apart_by_their_names()
    {
        Begin("a.example", SourceName.Of("v1", null, "mx1"), at: 1);
        Begin("a.example", SourceName.Of("v1", null, "mx2"), at: 1);

        Assert.Equal(1, _book.CountBySource(_ => true)[SourceName.Of("v1", null, "mx2")]);
    }

    [Fact]
    public void What_has_ended_is_gone_and_may_end_again()
    {
        OpenConnection connection = Begin("a.example", SourceName.Of("v1", _first, "mx1"), at: 1);
        OpenConnection other = Begin("a.example", SourceName.Of("v1", _first, "mx1"), at: 1);

        _book.End(connection);
        _book.End(connection);

        Assert.Same(other, Assert.Single(_book.Read(_ => true)));
    }

    private (IPAddress?, int)[] Counted(Func<OpenConnection, bool> isMeant) =>
        [.. _book.CountBySource(isMeant).Select(each => (each.Key.Address, each.Value)).OrderBy(each => each.Address?.ToString(), StringComparer.Ordinal)];

    private OpenConnection Begin(string destination, SourceName from, long at)
    {
        var connection = new OpenConnection(destination, from, IPAddress.Loopback, "mx.example", new Instant(at));
        _book.Begin(connection);
        return connection;
    }
}
