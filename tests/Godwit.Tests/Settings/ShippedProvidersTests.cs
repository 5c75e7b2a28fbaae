using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

/// <summary>The provider file that Godwit ships does what it says.</summary>
public sealed class ShippedProvidersTests
{
    private static ProviderTable Shipped => ProviderTable.Shipped;

    [Fact]
    public void Every_sample_is_taken_by_the_rule_it_stands_under()
    {
        string[] wrong =
        [
            .. from provider in Shipped.Providers
               from rule in provider.Replies
               from sample in rule.Samples
               let taker = Shipped.Match(provider, sample.Text)
               where taker != rule
               select $"{rule.Name}: {taker?.Name ?? "no rule"} takes \"{sample.Text}\"",
        ];

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_rule_has_a_sample_with_its_month()
    {
        Assert.All(Shipped.Providers.SelectMany(p => p.Replies), rule =>
        {
            Assert.True(rule.Samples.Count > 0, $"{rule.Name} has no sample");
            Assert.All(rule.Samples, sample => Assert.InRange(sample.Month, new DateOnly(2025, 1, 1), new DateOnly(2030, 1, 1)));
        });
    }

    /// <summary>A row of the collected facts is a rule here; Laposte speaks as Orange does, and has its own.</summary>
    [Theory]
    [InlineData("google", 36)]
    [InlineData("yahoo", 21)]
    [InlineData("yahoo-japan", 2)]
    [InlineData("microsoft", 19)]
    [InlineData("microsoft365", 10)]
    [InlineData("apple", 12)]
    [InlineData("gmx", 6)]
    [InlineData("t-online", 2)]
    [InlineData("comcast", 8)]
    [InlineData("spectrum", 7)]
    [InlineData("cox", 6)]
    [InlineData("orange", 7)]
    [InlineData("laposte", 1)]
    [InlineData("sfr", 2)]
    [InlineData("mimecast", 4)]
    [InlineData("godaddy", 7)]
    [InlineData("qq", 5)]
    [InlineData("netease", 2)]
    [InlineData("mail-ru", 1)]
    [InlineData("yandex", 1)]
    [InlineData("att", 3)]
    [InlineData("netvigator", 1)]
    [InlineData("barracuda", 0)]
    [InlineData("kpn", 0)]
    [InlineData("any", 12)]
    public void Every_known_reply_of_a_provider_has_a_rule(string provider, int rules)
    {
        Assert.Equal(rules, Shipped.ByName(provider)!.Replies.Count);
        Assert.Equal(25, Shipped.Providers.Count);
    }

    [Fact]
    public void As_a_users_own_file_it_gives_no_problem_at_all()
    {
        var problems = new ProblemList();
        var surroundings = ConfigSurroundings.InMemory(new Dictionary<string, string> { ["/etc/godwit/providers.conf"] = ProviderFile.ShippedText() });

        ProviderTable table = new ProviderFile(surroundings, problems).Load("/etc/godwit/providers.conf", default);

        Assert.Empty(problems.ToList());
        Assert.Equal(Shipped.Providers.Count, table.Providers.Count);
    }

    [Fact]
    public void The_file_in_the_tree_is_the_one_in_the_program()
    {
        Assert.Equal(File.ReadAllText(Checkout.Path("etc", ProviderFile.ShippedName)), ProviderFile.ShippedText());
    }

    [Theory]
    [InlineData("google", "aspmx.l.google.com", "alt1.aspmx.l.google.com")]
    [InlineData("google", "SMTP.GOOGLE.COM.")]
    [InlineData("google", "google.com")]
    [InlineData("google", "mx1.smtp.goog", "aspmx2.googlemail.com")]
    [InlineData("microsoft", "outlook-com.olc.protection.outlook.com")]
    [InlineData("microsoft365", "contoso-com.mail.protection.outlook.com")]
    [InlineData("microsoft365", "contoso-com.b-v1.mx.microsoft.")]
    [InlineData("yahoo", "mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net")]
    [InlineData("mimecast", "eu-smtp-inbound-1.mimecast.com")]
    [InlineData("mimecast", "za-smtp-inbound-1.mimecast.co.za")]
    public void Hosts_of_a_provider_lead_to_it(string provider, params string[] hosts)
    {
        Assert.Equal(provider, Shipped.ByMx(Names(hosts))?.Name);
    }

    [Theory]
    [InlineData("notgoogle.com")]
    [InlineData("mx.notgoogle.com")]
    [InlineData("google.com.example")]
    [InlineData("com")]
    [InlineData("protection.outlook.com")]
    [InlineData("[192.0.2.1]")]
    [InlineData("aspmx.l.google.com", "mx.sender.example")]
    [InlineData("aspmx.l.google.com", "mta5.am0.yahoodns.net")]
    [InlineData]
    public void Hosts_that_are_not_all_of_one_provider_lead_to_none(params string[] hosts)
    {
        Assert.Null(Shipped.ByMx(Names(hosts)));
    }

    [Theory]
    [InlineData("gmail.com", "google")]
    [InlineData("web.de", "gmx")]
    [InlineData("HOTMAIL.com.", "microsoft")]
    [InlineData("sub.gmail.com", null)]
    [InlineData("notgmail.com", null)]
    public void A_domain_leads_to_the_provider_that_hosts_it(string domain, string? provider)
    {
        Assert.Equal(provider, Shipped.ByDomain(DomainName.Parse(domain))?.Name);
    }

    [Fact]
    public void Every_provider_with_hosts_has_a_queue_to_share()
    {
        Assert.All(Shipped.Providers.Where(p => p.MxSuffixes.Count > 0), p => Assert.False(p.MainDomain.IsEmpty));
        Assert.Equal("gmail.com", Shipped.ByName("google")!.MainDomain.Text);
    }

    [Theory]
    [InlineData("google", 5, 50, true)]
    [InlineData("yahoo", null, 20, false)]
    [InlineData("yahoo-japan", 2, 20, false)]
    [InlineData("microsoft", 5, 50, false)]
    [InlineData("microsoft365", 5, 50, false)]
    [InlineData("apple", 10, 5, false)]
    [InlineData("comcast", 25, 1000, true)]
    [InlineData("mimecast", 10, 100, false)]
    [InlineData("orange", 2, 100, false)]
    [InlineData("gmx", 4, 20, false)]
    [InlineData("barracuda", 10, 15, false)]
    [InlineData("netvigator", 5, 10, false)]
    [InlineData("kpn", 10, 10, false)]
    [InlineData("qq", 4, 8, false)]
    [InlineData("netease", 4, 7, false)]
    public void Limits_begin_where_the_provider_is_known_to_be_content(string name, int? connections, int? messages, bool tls)
    {
        ProviderProfile provider = Shipped.ByName(name)!;

        Assert.Equal((connections, messages, tls), (provider.MaxSmtpOut, provider.MaxMsgPerConnection, provider.RequireStartTls));
        Assert.Equal(name == "yahoo-japan" ? new Rate(10, TimeSpan.FromSeconds(1)) : null, provider.MaxMsgRate);
    }

    [Fact]
    public void Google_gets_its_own_procedure_for_a_quota()
    {
        ProviderReply? rule = Shipped.Match(Shipped.ByName("google"), "421 4.7.28 Gmail has detected an unusual rate of email originating from your IP address.");

        Assert.Equal("google/ip-quota", rule?.Name);
        Assert.Equal(ReplyScope.SourceIp, rule!.Scope);
        Assert.Equal(TimeSpan.FromMinutes(10), rule.Reaction.Suspend);
        Assert.True(rule.Reaction.Has(ReactionActs.RecoverGradually));
    }

    [Fact]
    public void The_providers_rules_come_before_those_for_any()
    {
        const string Reply = "421 4.7.0 mx.icloud.example Error: too many connections from 192.0.2.1, too many errors";

        Assert.Equal("any/postfix-connections", Shipped.Match(null, Reply)?.Name);
        Assert.Equal("any/postfix-connections", Shipped.Match(Shipped.ByName("google"), Reply)?.Name);
        Assert.Equal("any/postfix-connections", Shipped.Match(Shipped.ByName("any"), Reply)?.Name);
        Assert.Equal("apple/too-many-errors", Shipped.Match(Shipped.ByName("apple"), "421 4.7.0 x Error: too many errors, too many connections from 192.0.2.1")?.Name);
        Assert.Null(Shipped.Match(Shipped.ByName("apple"), "250 2.0.0 OK"));
    }

    [Fact]
    public void A_category_is_one_that_reports_know()
    {
        Assert.All(Shipped.Providers.SelectMany(p => p.Replies).Where(r => r.Reaction.Category.Length > 0), r => Assert.Contains(r.Reaction.Category, BounceCategoryRule.Known));
    }

    /// <summary>A permanent code is either final or kept, and which is written down; a mailbox that does not exist never becomes a wait.</summary>
    [Fact]
    public void Every_rule_for_a_permanent_code_says_whether_the_mail_is_kept()
    {
        IEnumerable<ProviderReply> permanent = Shipped.Providers.SelectMany(p => p.Replies).Where(r => r.Samples.Any(s => s.Text[0] == '5'));

        Assert.All(permanent, r => Assert.True(r.Reaction.Has(ReactionActs.Fail) != r.Reaction.Has(ReactionActs.Temporary), r.Name));
        Assert.All(permanent.Where(r => r.Class == ReplyClass.BadMailbox), r => Assert.True(r.Reaction.Has(ReactionActs.Fail), r.Name));
        Assert.All(permanent.Where(r => r.Class is ReplyClass.Rate or ReplyClass.ConnectionLimit or ReplyClass.MessagesPerConnection),
            r => Assert.True(r.Reaction.Has(ReactionActs.Temporary), r.Name));
    }

    private static DomainName[] Names(string[] hosts) => [.. hosts.Select(host => DomainName.Parse(host))];
}
