// Limits as each provider counts them, by its own book: kept where they are configured, learned from its replies where they are not.

using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class AProviderCountsForItself
{
    private const int Mails = 20;

    private static readonly IPAddress _two = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress _three = IPAddress.Parse("127.0.0.3");

    public static TheoryData<string> Names => [.. HostPersonalities.All.Select(each => each.Domain)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task With_its_limits_configured_no_provider_has_to_refuse_anything(string name)
    {
        // A greylist cannot be kept, only waited for.
        HostPersonality personality = HostPersonalities.All.Single(each => each.Domain == name) with { Greylist = TimeSpan.Zero };
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        provider.Judge.Introduce(IPAddress.Loopback);
        await world.StartAsync(Limits(personality));
        await SendAsync(world, personality.Domain);

        await world.EmptyAsync(TimeSpan.FromDays(1));

        Assert.Empty(provider.Book.Refusals);
        AssertAllOnce(world, provider, Mails + 12);
        AssertKept(provider, IPAddress.Loopback);
        if (personality.AddressRate is { } rate)
        {
            // The first is for free; the others come as fast as they may.
            TimeSpan fastest = rate.Window / rate.Count * (Mails + 12 - 1);
            Assert.InRange(provider.Book.Recipients[^1].At - provider.Book.Recipients[0].At, fastest * 0.99, fastest * 1.1);

            // Nobody knocks without mail.
            Assert.InRange(provider.Book.Of(HostEventKind.Connected).Count, 1, provider.Book.Of(HostEventKind.Message).Count);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task With_what_is_shipped_and_no_limits_all_mail_arrives_in_the_end(string name)
    {
        HostPersonality personality = HostPersonalities.All.Single(each => each.Domain == name);
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        await world.StartAsync();
        await SendAsync(world, personality.Domain);
        if (personality.StrangerReply.Length > 0)
        {
            // Nothing but the operator's letter to the postmaster helps.
            await world.PassAsync(() => provider.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));
            await world.PassAsync(TimeSpan.FromDays(1));
            Assert.All(provider.Book.Events, each => Assert.Equal(TimeSpan.Zero, each.At));
            provider.Judge.Introduce(IPAddress.Loopback);
            string said = await world.Server.RunAsync($"enable source 127.0.0.1 {personality.Domain}");
            Assert.Contains("enabled", said);
        }

        await world.EmptyAsync(TimeSpan.FromDays(4));

        Assert.NotEmpty(provider.Book.Refusals);
        Assert.DoesNotContain(world.Server.Accounting.Of("b"), row => row["rcpt"].EndsWith(personality.Domain, StringComparison.Ordinal));
        AssertAllOnce(world, provider, Mails + 12);
    }

    [Fact]
    public async Task Each_source_address_has_the_providers_limits_to_itself_whatever_the_pool()
    {
        HostPersonality personality = HostPersonalities.Yahoo;
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        await world.StartAsync("""
            <virtual-mta one>
              smtp-source-host 127.0.0.2 one.mx.test
            </virtual-mta>
            <virtual-mta two>
              smtp-source-host 127.0.0.3 two.mx.test
            </virtual-mta>
            <virtual-mta-pool both>
              virtual-mta one
              virtual-mta two
            </virtual-mta-pool>

            """ + Limits(personality));
        await SendAsync(world, personality.Domain, "X-Virtual-MTA: both\r\n");

        await world.EmptyAsync(TimeSpan.FromDays(1));

        Assert.Empty(provider.Book.Refusals);
        AssertAllOnce(world, provider, Mails + 12);
        AssertKept(provider, _two);
        AssertKept(provider, _three);
        TimeSpan alone = personality.AddressRate!.Window / personality.AddressRate.Count * (Mails + 12 - 1);
        Assert.InRange(provider.Book.Recipients[^1].At - provider.Book.Recipients[0].At, alone * 0.4, alone * 0.7);
    }

    [Fact]
    public async Task Two_addresses_of_one_virtual_mta_share_its_mail_and_each_keeps_the_limits()
    {
        HostPersonality personality = HostPersonalities.Gmail with { DomainRate = null };
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        await world.StartAsync($"""
            <virtual-mta v>
              smtp-source-host 127.0.0.2 two.mx.test
              smtp-source-host 127.0.0.3 three.mx.test
            </virtual-mta>
            <domain {personality.Domain}>
              max-smtp-out 8
              source-ip-max-smtp-out 127.0.0.2 {personality.Connections}
              source-ip-max-smtp-out 127.0.0.3 {personality.Connections}
              source-ip-max-msg-rate 127.0.0.2 {Rate(personality.AddressRate!)}
              source-ip-max-msg-rate 127.0.0.3 {Rate(personality.AddressRate!)}
              max-msg-per-connection {personality.MessagesPerConnection}
              max-rcpt-per-message {personality.RecipientsPerMessage}
            </domain>
            """);
        await SendAsync(world, personality.Domain, "X-Virtual-MTA: v\r\n");

        await world.EmptyAsync(TimeSpan.FromDays(1));

        Assert.Empty(provider.Book.Refusals);
        AssertAllOnce(world, provider, Mails + 12);
        AssertKept(provider, _two);
        AssertKept(provider, _three);
        TimeSpan alone = personality.AddressRate!.Window / personality.AddressRate.Count * (Mails + 12 - 1);
        Assert.InRange(provider.Book.Recipients[^1].At - provider.Book.Recipients[0].At, alone * 0.4, alone * 0.7);
    }

    [Fact]
    public async Task Domains_hosted_at_one_provider_share_what_it_lets_pass()
    {
        HostPersonality personality = HostPersonalities.Microsoft;
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality, "one.test", "two.test");

        // The provider's own domain carries the limits; those that live there are found by their MX hosts.
        await world.StartAsync(Limits(personality));
        foreach (string domain in new[] { personality.Domain, "one.test", "two.test" })
        {
            await SendAsync(world, domain);
        }

        await world.EmptyAsync(TimeSpan.FromDays(1));

        Assert.Empty(provider.Book.Refusals);
        AssertAllOnce(world, provider, 3 * (Mails + 12));
        AssertKept(provider, IPAddress.Loopback);
    }

    private static string Limits(HostPersonality of) => $"""
        <domain {of.Domain}>
          max-smtp-out {of.Connections}
          max-msg-per-connection {of.MessagesPerConnection}
          max-rcpt-per-message {of.RecipientsPerMessage}
          {(of.AddressRate is { } rate ? $"max-msg-rate {Rate(rate)}" : "")}
          {(of.ConnectRate is { } connects ? $"max-connect-rate {Rate(connects)}" : "")}
        </domain>

        """;

    private static string Rate(HostLimit limit) => $"{limit.Count}/{limit.Window.TotalSeconds}s";

    /// <summary>Mails of one recipient from two senders' domains, and one of twelve recipients.</summary>
    private static async Task SendAsync(ProviderWorld world, string domain, string header = "")
    {
        await using MailClient client = await MailClient.ConnectAsync(world.Server.EndPoint);
        byte[] content = System.Text.Encoding.ASCII.GetBytes($"{header}Subject: hello\r\n\r\nhello\r\n");
        await client.SendAsync("list@first.test", Enumerable.Range(0, 12).Select(i => $"c{i}@{domain}"), content);
        for (int i = 0; i < Mails; i++)
        {
            await client.SendAsync(i % 2 == 0 ? "news@first.test" : "news@second.test", [$"b{i}@{domain}"], content);
        }
    }

    /// <summary>Every recipient came once, and accounting says so.</summary>
    private static void AssertAllOnce(ProviderWorld world, MailboxHost provider, int count)
    {
        IReadOnlyList<HostEvent> recipients = provider.Book.Recipients;
        Assert.Equal(count, recipients.Count);
        Assert.Equal(recipients.Select(each => each.Text).Order(), recipients.Select(each => each.Text).Distinct().Order());
        Assert.Equal(recipients.Select(each => each.Text).Order(), world.Server.Accounting.Of("d").Select(row => row["rcpt"]).Order());
    }

    private static void AssertKept(MailboxHost provider, IPAddress source)
    {
        HostPersonality personality = provider.Personality;
        HostBook book = provider.Book;
        HostEvent[] recipients = [.. book.Recipients.Where(each => each.Source.Equals(source))];
        Assert.NotEmpty(recipients);
        Assert.InRange(book.MostConnections(source), 1, personality.Connections);
        if (personality.MessagesPerConnection > 0)
        {
            Assert.InRange(book.Of(HostEventKind.Message).CountBy(each => each.Session).Max(pair => pair.Value), 1, personality.MessagesPerConnection);
        }

        if (personality.AddressRate is { } rate)
        {
            Assert.InRange(HostBook.MostInWindow(recipients, rate.Window), 1, rate.Count);
        }

        if (personality.ConnectRate is { } connects)
        {
            Assert.InRange(HostBook.MostInWindow(book.Of(HostEventKind.Connected), connects.Window), 1, connects.Count);
        }
    }
}
