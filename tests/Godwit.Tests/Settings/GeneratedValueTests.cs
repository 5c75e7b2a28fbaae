using System.Net;
using CsCheck;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Patterns;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>Values made at random, printed and read: the same comes back, for every type of value that has parts.</summary>
public sealed class GeneratedValueTests
{
    private const long Cases = 10_000;

    private static readonly Gen<string> _name = Pick("a", "mta-1", "{default}", "pool_2", "x.y", "ünï");
    private static readonly Gen<DomainName> _domain = Pick("a.example", "b.c.example", "xn--bcher-kva.example", "[192.0.2.1]").Select(DomainName.Parse);
    private static readonly Gen<DomainName> _host = Pick("a.example", "mx1.b.example").Select(DomainName.Parse);
    private static readonly Gen<EmailAddress> _email = Pick("a@b.example", "x.y+z@c.example", "ü@d.example").Select(EmailAddress.Parse);
    private static readonly Gen<IPAddress> _address = Pick("192.0.2.1", "10.0.0.255", "2001:db8::1", "::1").Select(IPAddress.Parse);
    private static readonly Gen<string> _path = Pick("/etc/key.pem", "/var/with blank/x", "/a\"b\\c", "/ü,x");

    private static readonly Gen<IPNetwork> _block = Pick("0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32", "::/0").Select(IPNetwork.Parse);

    private static readonly Gen<PcrePattern> _pattern = Pick("", "a", @"x\/y", "too many.*[0-9]{2}", "(?-i)A|b", @"\x23 \Q*\E", "a,b", @"""q""").Select(text =>
    {
        Assert.True(PatternLiteral.TryTake($"/{text}/", 0, new ValueReading("/"), out PcrePattern pattern, out _));
        return pattern;
    });

    private static readonly Gen<DomainPattern> _hostPattern = Gen.Select(Gen.Int[0, 3], _host, (kind, name) => kind switch
    {
        0 => default,
        1 => new DomainPattern(DomainPatternKind.Both, name.Text, default),
        2 => new DomainPattern(DomainPatternKind.Below, name.Text, default),
        _ => new DomainPattern(DomainPatternKind.Exact, name.Text, default),
    });

    private static readonly Gen<TimeSpan?> _timer = Gen.Int[-2, 500_000].Select(s => s switch { -2 => (TimeSpan?)null, -1 => Timeout.InfiniteTimeSpan, _ => TimeSpan.FromSeconds(s) });

    [Fact]
    public void Rules_for_replies()
    {
        Gen<ReplyActions> actions = Gen.Int[1, 127].Select(bits => Legal((ReplyActions)bits));
        Check(ReplyRule.Form, Gen.Select(_pattern, actions, _timer, _timer, (pattern, all, backoff, reenable) => new ReplyRule(pattern, all)
        {
            BackoffToNormalAfter = all.HasFlag(ReplyActions.Backoff) ? backoff : null,
            ReenableAfter = all.HasFlag(ReplyActions.DisableSourceAddress) ? reenable : null,
        }));
    }

    [Fact]
    public void Rules_for_messages()
    {
        Gen<PatternResult> result = Gen.Select(Gen.Int[0, 4], _name, Gen.Int[0, 100], (kind, name, priority) => kind switch
        {
            0 => PatternResult.Nested,
            1 => new PatternResult("", null, name),
            2 => new PatternResult(name, null, ""),
            3 => new PatternResult("", priority, ""),
            _ => new PatternResult(name, priority, ""),
        });
        Gen<string> header = Pick("Subject", "X-Job", "*");
        foreach (PatternSubject subject in Enum.GetValues<PatternSubject>())
        {
            Check(PatternRule.FormOf(subject), Gen.Select(header, _pattern, result, (name, pattern, what) => new PatternRule(
                subject, subject == PatternSubject.Header ? name : "", subject == PatternSubject.Always ? null : pattern, what)));
        }
    }

    [Fact]
    public void Categories() =>
        Check(BounceCategoryRule.Form, Gen.Select(_pattern, Pick("other", "our.own_one"), (pattern, category) => new BounceCategoryRule(pattern, category)));

    [Fact]
    public void Addresses_and_aliases()
    {
        Gen<AddressPattern> source = Gen.OneOf(
            _email.Select(e => new AddressPattern(AddressPatternKind.Address, e.Text, null)),
            Pick("abuse", "a.b", "postmaster").Select(text => new AddressPattern(AddressPatternKind.LocalPart, text, null)),
            _domain.Select(d => new AddressPattern(AddressPatternKind.Domain, d.Text, null)));
        Gen<AddressPattern> any = Gen.OneOf(source, _pattern.Select(p => new AddressPattern(AddressPatternKind.Pattern, "", p)));

        Check(AddressPattern.FormOf((AddressPatternKind)15), any);
        Check(AliasRule.Form, Gen.Select(source, _email.Array[1, 4], (one, targets) => new AliasRule(one, targets)));
    }

    [Fact]
    public void Rewriting()
    {
        Gen<string?> local = Pick("a", "*", "x.y").Select(text => text == "*" ? null : text);
        Gen<DomainName?> domain = Gen.OneOf(_domain.Select(d => (DomainName?)d), Gen.Const((DomainName?)null));
        Gen<RewriteAddress> address = Gen.Select(local, domain, (l, d) => new RewriteAddress(l, d));
        Gen<RewriteAddress> whole = Gen.Select(Pick("a", "b"), _domain, (l, d) => new RewriteAddress(l, d));
        Check(SenderRewrite.Form, Gen.OneOf(
            Gen.Select(address, address, (source, target) => new SenderRewrite(source, target)),
            whole.Select(target => new SenderRewrite(RewriteAddress.NullSender, target))));
        Check(DomainRewrite.Form, Gen.Select(_hostPattern, _host, (pattern, to) => new DomainRewrite(pattern, to)));
    }

    [Fact]
    public void Rollups_and_limits()
    {
        Check(MxRollupRule.Form, Gen.Select(_hostPattern, Pick("a.rollup", "b.c.rollup"), Gen.Bool, (host, name, by) => new MxRollupRule(host, DomainName.Parse(name), by)));
        Check(MxConnectionLimit.Form, Gen.Select(_hostPattern, Gen.Int[0, 1000], (host, number) => new MxConnectionLimit(host, number)));
        Check(AddressLimit<int>.FormOf(ValueParsers.IntegerOrUnlimited("unlimited")), Gen.Select(_block, Gen.Int[0, 1000], (block, number) => new AddressLimit<int>(block, number)));
        Check(AddressLimit<Rate>.FormOf(ValueParsers.RateForm), Gen.Select(_block, Gen.Int[1, 1000], Gen.Int[1, 100_000],
            (block, number, seconds) => new AddressLimit<Rate>(block, new Rate(number, TimeSpan.FromSeconds(seconds)))));
        Check(ValueParsers.DailySteps, Gen.Int[0, 1_000_000].Array[1, 10].Select(steps => (IReadOnlyList<int>)steps));
    }

    [Fact]
    public void Keys_and_identities()
    {
        Gen<string> domain = Pick("a.example", "*", "$mine", "mail.$mine", "*.b.example");
        Check(DomainKey.Form, Gen.Select(Pick("s1", "2026-a_b.c"), domain, _path, Gen.Bool, (selector, name, path, vault) =>
            new DomainKey(selector, name, vault ? "" : path, vault ? "/secret/dkim:private" : "")));
        Gen<DkimIdentity> named = Gen.OneOf(
            _email.Select(e => new DkimIdentity(DkimIdentityKind.Address, e.Text)), _domain.Select(d => new DkimIdentity(DkimIdentityKind.Domain, d.Text)));
        Check(DkimIdentity.Fallback, named);
        Check(DkimIdentity.Form, Gen.OneOf(named, Gen.Const(new DkimIdentity(DkimIdentityKind.SenderOrFrom, "")), Gen.Const(new DkimIdentity(DkimIdentityKind.StrictFrom, ""))));
        Gen<HeaderSelector> selector = Gen.OneOf(Pick("From", "X-*").Select(name => new HeaderSelector(name, null)), _pattern.Select(p => new HeaderSelector("", p)));
        Check(HeaderSelector.List, selector.Array[1, 6].Select(all => (IReadOnlyList<HeaderSelector>)all));
    }

    [Fact]
    public void Proxies()
    {
        Gen<IPEndPoint> end = Gen.Select(_address, Gen.Int[0, 65535], (address, port) => new IPEndPoint(address, port));
        Gen<ProxyClient> client = Gen.Select(end, _host, (point, name) => new ProxyClient(point, name));
        Gen<HostTarget> proxy = Gen.OneOf(
            Gen.Select(_host, Gen.Int[1, 65535], (name, port) => new HostTarget(name, null, port, LookupMx: false)),
            Gen.Select(_address, Gen.Int[1, 65535], (address, port) => new HostTarget(default, address, port, LookupMx: false)));
        Check(ProxyClient.Form, client);
        Check(ProxySourceHost.Form, Gen.Select(_address, proxy, client, (local, server, behind) => new ProxySourceHost(local, server, behind)));
    }

    [Fact]
    public void Access_folders_and_files()
    {
        Check(HttpAccessRule.Form, Gen.Select(
            _block, Gen.Int[0, 3], Gen.Bool,
            (block, level, flag) => new HttpAccessRule(block, (AccessLevel)level, flag && level == 1) { IsForSignIn = flag && level == 0 }));
        Check(PickupFolders.Form, Gen.Select(_path, _path, (folder, bad) => new PickupFolders(folder, bad)));
        Gen<QueueFilterEntry> queue = Gen.Select(_domain, _name, Gen.Int[0, 7], (name, mta, bits) =>
            new QueueFilterEntry((bits & 1) == 0 ? null : name, (bits & 2) == 0 ? null : mta, (bits & 4) != 0));
        Check(QueueFilterEntry.List, queue.Array[1, 5].Select(all => (IReadOnlyList<QueueFilterEntry>)all));
        Check(HeaderFieldMap.Form, Gen.Select(Pick("d", "d,b", "f"), Pick("X-Job", "Subject"), Pick("jobId", "userString"), (types, header, field) => new HeaderFieldMap(types, header, field)));
        Check(ValueParsers.Names, Pick("a", "b c", "d,e", "\"f\"", "\\g", " h ").Array[1, 5].Select(all => (IReadOnlyList<string>)all));
    }

    private static void Check<T>(ValueForm<T> form, Gen<T> values)
        where T : notnull =>
        values.Sample(
            value =>
            {
                var reading = new ValueReading("/etc/godwit");
                string printed = form.Print(value);
                Assert.True(form.TryRead(printed, reading, out object? again), $"{printed}: {reading.Fault}");
                Assert.Equal(value, (T)again!);
                Assert.Equal(printed, form.Print(again!));
            },
            iter: Cases, seed: "0000000000007", threads: 1);

    /// <summary>Keeps one of two actions that exclude each other.</summary>
    private static ReplyActions Legal(ReplyActions actions)
    {
        actions = actions.HasFlag(ReplyActions.Backoff) ? actions & ~ReplyActions.Normal : actions;
        return actions.HasFlag(ReplyActions.SkipMx) ? actions & ~ReplyActions.BounceQueue : actions;
    }

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
