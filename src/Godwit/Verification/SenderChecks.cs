// The door to the room: checks what a message's sender claims, as far as the client's source asks for it. Owned by the composition root; thread safe.
// These checks are the one exception to the rule that accepting waits for nothing outside, so each of them has a deadline: what DNS has not said by
// then is a temporary error. It finds; what follows from that, reception decides.

using System.Net;
using Godwit.Diagnostics;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Verification;

/// <summary>Checks senders.</summary>
public sealed class SenderChecks
{
    /// <summary>
    /// For all that is asked at MAIL, again for what a content proves, and again for what its author's domain asks for: the twenty seconds of RFC 7208
    /// section 4.6.4.
    /// </summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>For what comes in: the names are strangers' choice.</summary>
    private readonly SenderLookup _bounded;

    /// <summary>For mail of ours, and for the operator.</summary>
    private readonly SenderLookup _lookup;
    private readonly MessageSigning _signing;
    private readonly ServerClock _clock;
    private readonly Random _random;
    private readonly Lock _randomGate = new();
    private readonly ILogger _log;

    /// <param name="random">Draws the share of mail that a DMARC policy is meant for.</param>
    internal SenderChecks(SenderLookup lookup, MessageSigning signing, Random random, ServerClock clock, ILogger log) =>
        (_bounded, _lookup, _signing, _random, _clock, _log) = (LookupBound.Of(lookup), lookup, signing, random, clock, log);

    /// <summary>Whether anything is to be checked of what comes from a source.</summary>
    public static bool WantsAny(SourceSettings source) =>
        source.CheckSpfInbound || source.CheckIprevInbound || source.CheckDkimInbound || source.CheckDmarcInbound || Seals(source);

    /// <summary>Whether anything is to be asked about a content.</summary>
    public static bool WantsContent(SourceSettings source) => source.CheckDkimInbound || source.CheckDmarcInbound || Seals(source);

    /// <summary>Whether mail of this source is sealed.</summary>
    public static bool Seals(SourceSettings source) => !source.ArcSeal.IsEmpty;

    /// <summary>SPF and the client's name, side by side.</summary>
    /// <param name="sender">Empty for the null path.</param>
    /// <param name="receiver">This host.</param>
    /// <param name="cancellation">Nobody waits any more: what is not known is a temporary error.</param>
    /// <param name="known">What a session found out about its client before; null at first.</param>
    public async Task<SenderFindings> CheckSenderAsync(
        SourceSettings source, IPEndPoint client, string helo, EmailAddress sender, string receiver, IprevFinding? known,
        CancellationToken cancellation)
    {
        List<string>? steps = source.TraceSpfCheck && source.CheckSpfInbound ? [] : null;
        SenderFindings findings = await WithinDeadlineAsync(async deadline =>
        {
            Task<IprevFinding> iprev = !source.CheckIprevInbound ? Task.FromResult<IprevFinding>(null!)
                : known is { Result: not IprevResult.TempError } ? Task.FromResult(known)
                : IprevCheck.RunAsync(_bounded, client.Address, deadline).AsTask();
            SpfVerdict? spf = null;
            if (WantsSpf(source))
            {
                var identity = new SpfIdentity(client.Address, helo, sender.WireText, receiver);
                spf = await SpfCheck.RunAsync(_bounded, identity, source.CheckSpfInboundMaxVoidLookups, UnixSeconds, steps, deadline);
            }

            return new SenderFindings { Spf = spf, Iprev = await iprev, Sender = sender.WireText, Helo = helo };
        }, cancellation);
        Trace(source, client, findings, steps);
        return findings;
    }

    /// <summary>DKIM, ARC and DMARC.</summary>
    /// <param name="sender">What was found at MAIL.</param>
    /// <param name="header">The header as it came.</param>
    /// <param name="body">Reads what follows it, on another thread; what it throws the caller gets.</param>
    internal async Task<ContentReport> CheckContentAsync(
        SourceSettings source, IPEndPoint client, SenderFindings sender, ReadOnlyMemory<byte> header, PieceReader body,
        CancellationToken cancellation)
    {
        ContentFindings content = await WithinDeadlineAsync(
            deadline => ContentCheck.RunAsync(header, body, Seals(source), UnixSeconds, _bounded, _signing.VerifyAsync, deadline).AsTask(), cancellation);

        // In its own time: whoever writes a hundred signatures must not use up what the policy is looked for in.
        DmarcFinding? dmarc = sender.Spf is null || !(source.CheckDmarcInbound || Seals(source))
            ? null
            : Draw(await WithinDeadlineAsync(
                deadline => DmarcCheck.RunAsync(_bounded, header, sender.Spf, content.Signatures, deadline).AsTask(), cancellation));
        SenderFindings findings = sender with { Signatures = content.Signatures, Arc = content.Arc, Dmarc = dmarc };
        if (source.TraceDkimCheck)
        {
            foreach (SignatureFinding signature in content.Signatures)
            {
                _log.DkimChecked(client, sender.Sender, signature.Domain, signature.Selector, signature.Word, signature.Reason);
            }

            _log.ArcChecked(client, sender.Sender, content.Arc.Word, content.Arc.Instance, content.Arc.Reason);
        }

        if (source.TraceDmarcCheck && dmarc is not null)
        {
            _log.DmarcChecked(client, sender.Sender, dmarc.Domain, dmarc.Word, dmarc.Policy.ToString(), dmarc.Reason);
        }

        return new ContentReport(findings, content.Body);
    }

    /// <summary>
    /// The fields of a new ARC set over the header as it leaves; empty when nothing may be added to the chain, or when there is no key (the configuration
    /// is checked for that).
    /// </summary>
    /// <exception cref="DkimKeyException">The key is in the vault and cannot be had.</exception>
    internal async Task<byte[]> SealAsync(SourceSettings source, ContentReport report, string host, ReadOnlyMemory<byte> header)
    {
        if (report.Body is not { } body || report.Findings.Arc is not { } chain || !ArcSealer.MaySeal(chain)
            || await FindKeyAsync(source.ArcSeal) is not { } key)
        {
            return [];
        }

        var order = new SealOrder(chain, ResultsText.Verdicts(host, report.Findings), body, key.Key, key.Selector, source.ArcSeal);
        Instant now = _clock.Now;
        return await _signing.SignAsync(() => ArcSealer.Seal(order, header, now));
    }

    /// <summary>Gives a check the time that a check may take.</summary>
    private async Task<T> WithinDeadlineAsync<T>(Func<CancellationToken, Task<T>> check, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Deadline, _clock.Time);
        await using CancellationTokenRegistration cut = cancellation.UnsafeRegister(
            static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        return await check(deadline.Token);
    }

    private DmarcFinding Draw(DmarcFinding dmarc)
    {
        if (dmarc.Percent == 100)
        {
            return dmarc;
        }

        lock (_randomGate)
        {
            return dmarc with { IsMeant = _random.Next(100) < dmarc.Percent };
        }
    }

    /// <summary>SPF of a sender of ours, as the host that mail goes to would find it.</summary>
    /// <param name="source">Where the mail comes from.</param>
    /// <param name="helo">Our name at EHLO.</param>
    public Task<SpfVerdict> CheckOutgoingAsync(IPAddress source, string helo, string sender, CancellationToken cancellation) =>
        CheckAsync(new SpfIdentity(source, helo, sender, helo), SourceSettings.DefaultMaxVoidLookups, steps: null, _lookup, cancellation);

    /// <summary>SPF of anybody, with the records and terms that were visited: what an operator asks for.</summary>
    /// <param name="sender">Empty checks the HELO name.</param>
    /// <param name="lookup">Another way to DNS than the server's own; null for that.</param>
    internal async Task<(SpfVerdict Verdict, IReadOnlyList<string> Steps)> ExplainAsync(
        IPAddress client, string helo, string sender, string receiver, SenderLookup? lookup = null)
    {
        var steps = new List<string>();
        var identity = new SpfIdentity(client, helo, sender, receiver);
        return (await CheckAsync(identity, SourceSettings.DefaultMaxVoidLookups, steps, lookup ?? _lookup, CancellationToken.None), steps);
    }

    private Task<SpfVerdict> CheckAsync(
        SpfIdentity identity, int maxVoidLookups, List<string>? steps, SenderLookup lookup, CancellationToken cancellation) =>
        WithinDeadlineAsync(deadline => SpfCheck.RunAsync(lookup, identity, maxVoidLookups, UnixSeconds, steps, deadline).AsTask(), cancellation);

    private static bool WantsSpf(SourceSettings source) => source.CheckSpfInbound || source.CheckDmarcInbound || Seals(source);

    /// <summary>
    /// RSA, which every verifier knows; Ed25519 where there is no other. A key in the vault is asked for in between, as often as there are keys to ask for.
    /// </summary>
    private async Task<(DkimKey Key, string Selector)?> FindKeyAsync(DomainName domain)
    {
        KeyRing keys = _signing.KeysOf(EnvelopeRecipient.DefaultVirtualMta);
        while (true)
        {
            try
            {
                SigningKey? found = keys.Find(domain, DkimAlgorithm.RsaSha256, domain) ?? keys.Find(domain, DkimAlgorithm.Ed25519Sha256, domain);
                return found is null ? null : (found.Key, found.Selector);
            }
            catch (KeyNotAtHandException missing)
            {
                await missing.Key.AskAsync();
            }
        }
    }

    private long UnixSeconds => _clock.Now.UnixMilliseconds / 1000;

    private void Trace(SourceSettings source, IPEndPoint client, SenderFindings findings, List<string>? steps)
    {
        foreach (string step in steps ?? [])
        {
            _log.SpfStep(client, findings.Sender, step);
        }

        if (steps is not null && findings.Spf is { } spf)
        {
            _log.SpfChecked(client, findings.Sender, spf.Word, spf.Reason, spf.Explanation);
        }

        if (source.TraceIprevCheck && findings.Iprev is { } iprev)
        {
            _log.IprevChecked(client, iprev.Word, iprev.Name, iprev.Reason);
        }
    }
}

/// <summary>What was found of a whole message.</summary>
/// <param name="Body">What a seal needs; null when the message is not to be sealed.</param>
internal sealed record ContentReport(SenderFindings Findings, BodyHash? Body);
