// What happens between a provider's first refusal and the end of its patience, by the provider's own book: nothing comes, nothing ages, nobody else waits,
// and the way back is the configured one.

using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed partial class AProviderBlocksForAWhile
{
    private const int Mails = 40;

    private static readonly IPAddress _two = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress _three = IPAddress.Parse("127.0.0.3");

    /// <summary>Those whose shipped reaction is silence.</summary>
    public static TheoryData<string> Names => ["gmail.com", "outlook.com", "yahoo.com", "icloud.com"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task After_the_first_refusal_nothing_comes_until_the_block_is_over(string name)
    {
        HostPersonality personality = HostPersonalities.All.Single(each => each.Domain == name) with { Connections = 0, MessagesPerConnection = 0 };
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        await world.StartAsync();
        await SendAsync(world, personality.Domain, Mails);

        await world.PassAsync(() => provider.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));
        await world.PauseAsync();
        IReadOnlyList<HostEvent> before = provider.Book.Events;
        string[] waiting = await AttemptsAsync(world);
        await world.PassAsync(personality.BlockFor - TimeSpan.FromSeconds(1));

        // What was in the air came at once: at most one answer for each connection that stood.
        Assert.All(before, each => Assert.Equal(TimeSpan.Zero, each.At));
        Assert.InRange(provider.Book.Refusals.Count, 1, provider.Book.MostConnections());
        Assert.Equal(before, provider.Book.Events);

        // Nobody has aged but those who were refused, each once.
        Assert.Equal(waiting, await AttemptsAsync(world));
        Assert.InRange(waiting.Count(line => !line.EndsWith(" 0", StringComparison.Ordinal)), 0, provider.Book.Refusals.Count);
        Assert.DoesNotContain(waiting, line => !line.EndsWith(" 0", StringComparison.Ordinal) && !line.EndsWith(" 1", StringComparison.Ordinal));

        await world.PassAsync(() => provider.Book.Count > before.Count, TimeSpan.FromMinutes(1));
        await world.EmptyAsync(TimeSpan.FromDays(1));
        Assert.Equal(Mails, provider.Book.Recipients.Select(each => each.Text).Distinct().Count());
        Assert.Equal(Mails, provider.Book.Recipients.Count);
        Assert.Empty(world.Server.Accounting.Of("b"));
    }

    [Fact]
    public async Task A_quota_ends_with_one_connection_and_then_one_more_a_minute()
    {
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(HostPersonalities.Gmail with { AddressRate = null, DomainRate = null, Connections = 0, MessagesPerConnection = 0 });
        provider.Judge.Block(IPAddress.Loopback, provider.Personality.BlockFor);
        await world.StartAsync();
        await SendAsync(world, "gmail.com", 1);
        await world.PassAsync(() => provider.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));
        await world.PassAsync(TimeSpan.FromMinutes(10));

        var seen = new List<int>();
        for (int round = 0; round < 7; round++)
        {
            var gate = new TaskCompletionSource();
            provider.Gate = gate.Task;
            await SendAsync(world, "gmail.com", 10, $"r{round}");
            seen.Add(await world.HeldConnectionsAsync());
            gate.SetResult();
            await world.EmptyAsync(TimeSpan.FromHours(1));
            await world.PassAsync(TimeSpan.FromSeconds(61));
        }

        // Five is what the shipped file begins with for this provider.
        Assert.Equal([1, 1, 2, 3, 4, 5, 5], seen);
    }

    [Theory]
    [InlineData("mode=backoff,backoff-to-normal-after=15m", "")]
    [InlineData("mode=backoff", "backoff-to-normal-after-delivery yes")]
    public async Task Backoff_mode_holds_from_the_first_refusal_until_it_ends_as_configured(string action, string more)
    {
        HostPersonality personality = HostPersonalities.Company with { Greylist = TimeSpan.Zero, BlockFor = TimeSpan.FromMinutes(5) };
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        provider.Judge.Block(IPAddress.Loopback, personality.BlockFor);
        await world.StartAsync($"""
            <smtp-pattern-list rules>
              reply /slow down/ {action}
            </smtp-pattern-list>
            <domain {personality.Domain}>
              smtp-pattern-list rules
              max-smtp-out 3
              backoff-max-msg-rate 1/m
              backoff-retry-after 1m
              retry-recipients-after 2m
              {more}
            </domain>
            """);
        await SendAsync(world, personality.Domain, Mails);
        await world.PassAsync(() => provider.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));
        await world.PauseAsync();

        // What was in the air, and no more: the mode is there with the first reply.
        Assert.True(IsInBackoff(world), world.Server.TopQueues());
        Assert.InRange(provider.Book.Refusals.Count, 1, 3);
        Assert.All(provider.Book.Events, each => Assert.Equal(TimeSpan.Zero, each.At));
        await world.PassAsync(() => !IsInBackoff(world), TimeSpan.FromHours(1));
        TimeSpan ended = world.Time.Now;

        // Each attempt in backoff mode, refused or taken, came at its pace, with a connection of its own.
        HostEvent[] during = [.. provider.Book.Events.Where(each => each.At > TimeSpan.Zero && each.At < ended)];
        Assert.NotEmpty(during);
        Assert.Equal(1, HostBook.MostInWindow(during.Where(each => each.Kind is HostEventKind.Refused or HostEventKind.Recipient), TimeSpan.FromMinutes(1)));
        Assert.Equal(1, HostBook.MostInWindow(during.Where(each => each.Kind == HostEventKind.Connected), TimeSpan.FromMinutes(1)));
        TimeSpan promised = more.Length > 0 ? provider.Book.Recipients[0].At : provider.Book.Refusals[^1].At + TimeSpan.FromMinutes(15);
        Assert.InRange(ended, promised, promised + TimeSpan.FromMinutes(1));

        // Then all goes at once again.
        await world.EmptyAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(Mails, provider.Book.Recipients.Select(each => each.Text).Distinct().Count());
        Assert.Empty(world.Server.Accounting.Of("b"));
    }

    [Fact]
    public async Task Nothing_comes_from_a_disabled_address_before_its_time_and_the_others_carry_on()
    {
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(HostPersonalities.Gmail with { AddressRate = null, DomainRate = null, Connections = 0 });
        provider.Judge.Block(_two, provider.Personality.BlockFor);
        await world.StartAsync("""
            <virtual-mta v>
              smtp-source-host 127.0.0.2 two.mx.test
              smtp-source-host 127.0.0.3 three.mx.test
            </virtual-mta>
            """);
        int sent = 0;
        while (world.Time.Now < TimeSpan.FromMinutes(10))
        {
            await SendAsync(world, "gmail.com", 10, $"r{sent += 10}", "X-Virtual-MTA: v\r\n");
            await world.PassAsync(TimeSpan.FromSeconds(59));
        }

        HostEvent[] stopped = [.. provider.Book.Events.Where(each => each.Source.Equals(_two) && each.At < TimeSpan.FromMinutes(10))];
        Assert.Contains(stopped, each => each.Kind == HostEventKind.Refused);
        Assert.All(stopped, each => Assert.Equal(TimeSpan.Zero, each.At));
        Assert.InRange(provider.Book.Recipients.Count(each => each.Source.Equals(_three)), sent - 20, sent);

        for (int i = 0; i < 20 && !provider.Book.Recipients.Any(each => each.Source.Equals(_two)); i++)
        {
            await SendAsync(world, "gmail.com", 10, $"r{sent += 10}", "X-Virtual-MTA: v\r\n");
            await world.PassAsync(TimeSpan.FromSeconds(59));
        }

        Assert.Contains(provider.Book.Recipients, each => each.Source.Equals(_two));
        await world.EmptyAsync(TimeSpan.FromDays(1));
        Assert.Equal(sent, provider.Book.Recipients.Count);
    }

    [Theory]
    [InlineData("gmail.com")]
    [InlineData("yahoo.com")]
    public async Task Mail_behind_a_block_is_returned_at_its_time_and_no_sooner(string name)
    {
        HostPersonality personality = HostPersonalities.All.Single(each => each.Domain == name);
        await using var world = new ProviderWorld();
        MailboxHost provider = world.Add(personality);
        provider.Judge.Block(IPAddress.Loopback, TimeSpan.FromDays(10));
        MailboxHost home = world.Add(new HostPersonality { Domain = "first.test", Host = "mx.first.test" });
        await world.StartAsync($"""
            <domain {personality.Domain}>
              bounce-after 5h
              notify-of-delay-every 3h
            </domain>
            """);
        await SendAsync(world, personality.Domain, Mails);

        await world.PassAsync(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(2));
        Assert.Empty(home.Book.Events);
        await world.PassAsync(TimeSpan.FromHours(2));
        Assert.Empty(world.Server.Accounting.Of("b"));
        Assert.InRange(home.Book.Recipients.Count, Mails, Mails);
        Assert.All(home.Book.Recipients, each => Assert.InRange(each.At, TimeSpan.FromHours(3), TimeSpan.FromHours(3.1)));

        await world.PassAsync(TimeSpan.FromMinutes(1));
        await world.EmptyAsync(TimeSpan.FromMinutes(1));
        IReadOnlyList<AccountingRow> bounced = world.Server.Accounting.Of("b");
        Assert.Equal(Mails, bounced.Count);
        Assert.All(bounced, row => Assert.InRange(row.Time("timeLogged") - row.Time("timeQueued"), TimeSpan.FromHours(5), TimeSpan.FromHours(5.02)));
        Assert.Empty(provider.Book.Recipients);
    }

    [Fact]
    public async Task A_blocked_provider_slows_nobody_else()
    {
        await using var world = new ProviderWorld();
        MailboxHost blocked = world.Add(HostPersonalities.Yahoo);
        MailboxHost other = world.Add(HostPersonalities.Microsoft with { AddressRate = null, Connections = 0, MessagesPerConnection = 0 });
        blocked.Judge.Block(IPAddress.Loopback, TimeSpan.FromDays(1));
        await world.StartAsync("total-max-smtp-out 4\n");
        await SendAsync(world, "yahoo.com", Mails);
        await world.PassAsync(() => blocked.Book.Refusals.Count > 0, TimeSpan.FromMinutes(1));

        for (int round = 1; round <= 6; round++)
        {
            // All is taken before a tick of the clock has passed, whatever stands in the other queue.
            TimeSpan now = world.Time.Now;
            await SendAsync(world, "outlook.com", Mails, $"r{round}");
            await world.PassAsync(() => other.Book.Recipients.Count >= round * Mails, TimeSpan.FromTicks(1));
            Assert.Equal(now, world.Time.Now);
            await world.PassAsync(TimeSpan.FromMinutes(30));
        }

        Assert.Equal(Mails, world.Server.Queue("yahoo.com").Recipients);
        Assert.NotEqual(1, blocked.Book.Refusals.Select(each => each.At).Distinct().Count());
    }

    private static async Task SendAsync(ProviderWorld world, string domain, int count, string name = "b", string header = "")
    {
        await using MailClient client = await MailClient.ConnectAsync(world.Server.EndPoint);
        byte[] content = System.Text.Encoding.ASCII.GetBytes($"{header}Subject: hello\r\n\r\nhello\r\n");
        for (int i = 0; i < count; i++)
        {
            await client.SendAsync(i % 2 == 0 ? "news@first.test" : "more@first.test", [$"{name}.{i}@{domain}"], content);
        }
    }

    /// <summary>As <c>show topqueues</c> tells an operator.</summary>
    private static bool IsInBackoff(ProviderWorld world) => BackoffLine().IsMatch(world.Server.TopQueues());

    /// <summary>Each waiting recipient with its attempts.</summary>
    private static async Task<string[]> AttemptsAsync(ProviderWorld world) =>
        [.. ListLine().Matches(await world.Server.RunAsync("list --maxitems=1000"))
            .Select(match => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["address"].Value} {match.Groups["attempts"].Value}")).Order()];

    /// <summary>For a pattern over a report of some lines.</summary>
    private const int PatienceMs = 10_000;

    [GeneratedRegex(@"^\S+/\S+ +\S+ +\S+ +\S+ +P?B", RegexOptions.CultureInvariant | RegexOptions.Multiline, PatienceMs)]
    private static partial Regex BackoffLine();

    [GeneratedRegex(@"^\S+ \S+ +(?<attempts>[0-9]+) .*<(?<address>\S+@\S+)>", RegexOptions.CultureInvariant | RegexOptions.Multiline, PatienceMs)]
    private static partial Regex ListLine();
}
