using System.Net;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Tests.Support;
using Godwit.Trust;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Trust;

/// <summary>Strangers' names lead to no door but that of a public web host.</summary>
public sealed class HttpsDoorTests : IAsyncLifetime
{
    private readonly ScriptedDnsServer _dns = new();
    private readonly ServerClock _clock = new(new FakeTimeProvider());
    private readonly DnsResolver _resolver;

    public HttpsDoorTests() => _resolver = new DnsResolver(() => [_dns.EndPoint], _clock);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _resolver.DisposeAsync();
        await _dns.DisposeAsync();
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.2")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void An_address_of_this_host_or_its_networks_is_not_public(string address) => Assert.False(OpenAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("100.63.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.0.1")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:192.0.2.1")]
    [InlineData("64:ff9b::c000:201")]
    [InlineData("2001:db8::1")]
    public void An_address_of_the_open_Internet_is_public(string address) => Assert.True(OpenAddress.Is(IPAddress.Parse(address)));

    [Fact(Timeout = 60_000)]
    public async Task A_name_that_leads_back_into_the_house_is_not_connected_to()
    {
        _dns.Zone("evil.example").A("mta-sts", "10.0.0.1");
        using var door = new HttpsDoor(_resolver, _clock, new HttpsSeams());

        HttpsAnswer answer = await door.GetAsync(new Uri("https://mta-sts.evil.example/"), 10, TestContext.Current.CancellationToken);

        Assert.Equal("mta-sts.evil.example leads to 10.0.0.1, which is no public address", answer.Problem);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_host_brings_into_our_words_is_one_line_with_an_end()
    {
        string said = $"said\r\n\u001b[2J{new string('x', 5000)}";
        using var door = new HttpsDoor(_resolver, _clock, new HttpsSeams((_, _) => throw new HttpRequestException(said)));

        HttpsAnswer answer = await door.GetAsync(new Uri("https://mta-sts.evil.example/"), 10, TestContext.Current.CancellationToken);

        Assert.StartsWith("said   [2Jxxx", answer.Problem, StringComparison.Ordinal);
        Assert.InRange(answer.Problem.Length, 100, 200);
    }
}
