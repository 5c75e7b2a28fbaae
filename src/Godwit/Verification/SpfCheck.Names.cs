// The mechanisms that look at hosts (RFC 7208 section 5.3 to 5.7), the client's validated names, and the explanation (section 6.2).

using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Dns;

namespace Godwit.Verification;

internal sealed partial class SpfCheck
{
    /// <summary>Section 7.2: what %{p} says when the client has no name that leads back to it.</summary>
    private const string UnknownName = "unknown";

    /// <summary>Section 5.3: does the name have the client's address?</summary>
    private async ValueTask<(bool Matched, SpfVerdict? Broken)> AddressAsync(SpfTerm term, string target, string domain)
    {
        NameAnswer answer = await AskAsync(target, AddressType);
        return answer.Status switch
        {
            DnsStatus.Failure => (false, NoAnswer(term, target, domain)),
            DnsStatus.Found => (HasAddress(answer, term), null),
            _ => (false, VoidLookup(term, domain)),
        };
    }

    /// <summary>Section 5.4: does a mail host of the name have it? The name itself does not stand in for MX records here.</summary>
    private async ValueTask<(bool Matched, SpfVerdict? Broken)> MailHostsAsync(SpfTerm term, string target, string domain)
    {
        NameAnswer answer = await AskAsync(target, DnsType.MX);
        if (answer.Status != DnsStatus.Found)
        {
            return (false, answer.Status == DnsStatus.Failure ? NoAnswer(term, target, domain) : VoidLookup(term, domain));
        }

        if (answer.Records.Count > MaxNames)
        {
            return (false, Verdict(SpfResult.PermError, domain, $"{domain}: {term.Text}: {target} has more than {MaxNames} MX records"));
        }

        foreach (DnsRecord each in answer.Records)
        {
            if (each is not MxRecord { Host.IsEmpty: false } mx)
            {
                continue;
            }

            NameAnswer addresses = await AskAsync(mx.Host.Text, AddressType);
            if (addresses.Status == DnsStatus.Failure)
            {
                return (false, NoAnswer(term, mx.Host.Text, domain));
            }

            if (HasAddress(addresses, term))
            {
                return (true, null);
            }
        }

        return (false, null);
    }

    /// <summary>Section 5.5: is a validated name of the client the target's or below it?</summary>
    private async ValueTask<(bool Matched, SpfVerdict? Broken)> NamedAsync(SpfTerm term, string target, string domain)
    {
        bool first = _validatedNames is null;
        IReadOnlyList<string> names = await ValidatedNamesAsync();
        if (first && _hasNoName && VoidLookup(term, domain) is { } broken)
        {
            return (false, broken);
        }

        foreach (string name in names)
        {
            if (IsWithin(name, target))
            {
                return (true, null);
            }
        }

        return (false, null);
    }

    /// <summary>Section 5.7: an A record, whatever the client's address is.</summary>
    private async ValueTask<(bool Matched, SpfVerdict? Broken)> ExistsAsync(SpfTerm term, string target, string domain)
    {
        NameAnswer answer = await AskAsync(target, DnsType.A);
        return answer.Status switch
        {
            DnsStatus.Failure => (false, NoAnswer(term, target, domain)),
            DnsStatus.Found => (true, null),
            _ => (false, VoidLookup(term, domain)),
        };
    }

    private DnsType AddressType => _isSixth ? DnsType.AAAA : DnsType.A;

    private bool _hasNoName;

    private bool HasAddress(in NameAnswer answer, SpfTerm term)
    {
        foreach (DnsRecord each in answer.Records)
        {
            if (each is AddressRecord host && IsIn(host.Address, _isSixth ? term.Prefix6 : term.Prefix4))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Section 4.6.4: a term whose name has nothing. Too many of them are an error of the record.</summary>
    private SpfVerdict? VoidLookup(SpfTerm term, string domain) => ++_voidLookups > _maxVoidLookups
        ? Verdict(SpfResult.PermError, domain, $"{domain}: {term.Text}: more than {_maxVoidLookups} terms name what does not exist")
        : null;

    private static SpfVerdict NoAnswer(SpfTerm term, string name, string domain) =>
        Verdict(SpfResult.TempError, domain, $"{domain}: {term.Text}: no answer for {name}");

    /// <summary>Section 5.5: names of the client that have its address.</summary>
    private async ValueTask<IReadOnlyList<string>> ValidatedNamesAsync()
    {
        if (_validatedNames is not null)
        {
            return _validatedNames;
        }

        ClientNames names = await ClientNames.FindAsync(AskAsync, _address, ClientNames.MaxNames);
        _hasNoName = names.Status is DnsStatus.NoRecords or DnsStatus.NoSuchName;
        return _validatedNames = names.Validated;
    }

    private static bool IsWithin(string name, string target) =>
        target.Length > 0 && name.EndsWith(target, StringComparison.OrdinalIgnoreCase)
        && (name.Length == target.Length || name[name.Length - target.Length - 1] == '.');

    /// <summary>A domain-spec as a name to ask for.</summary>
    private async ValueTask<string> NameAsync(string spec, string domain) => SpfMacro.ExpandDomain(spec, await ValuesAsync(spec, domain));

    private async ValueTask<SpfMacroValues> ValuesAsync(string text, string domain)
    {
        string validated = SpfMacro.UsesValidatedName(text) ? Preferred(await ValidatedNamesAsync(), domain) : UnknownName;
        return new SpfMacroValues(_sender, domain, _helo, DottedAddress(), _address.ToString(), _isSixth, validated, _receiver, _unixSeconds);
    }

    /// <summary>Section 7.3: the domain itself, else a name below it, else any.</summary>
    private static string Preferred(IReadOnlyList<string> names, string domain)
    {
        string chosen = UnknownName;
        foreach (string name in names)
        {
            if (name.Equals(domain, StringComparison.OrdinalIgnoreCase))
            {
                return name;
            }

            if (chosen == UnknownName || (!IsWithin(chosen, domain) && IsWithin(name, domain)))
            {
                chosen = name;
            }
        }

        return chosen;
    }

    /// <summary>Section 7.3: %{i} of IPv6 is every half octet between dots.</summary>
    private string DottedAddress()
    {
        if (!_isSixth)
        {
            return _address.ToString();
        }

        var text = new StringBuilder(63);
        foreach (byte octet in _address.GetAddressBytes())
        {
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "." : "")}{octet >> 4:x}.{octet & 15:x}");
        }

        return text.ToString();
    }

    /// <summary>Section 6.2: the sender's own words; whatever is wrong with them, there are none then.</summary>
    private async ValueTask<string> ExplainAsync(string? spec, string domain)
    {
        if (spec is null)
        {
            return "";
        }

        try
        {
            NameAnswer answer = await AskAsync(await NameAsync(spec, domain), DnsType.TXT);
            return answer.Records is [TextRecord { Text: { Length: > 0 and <= SpfReader.MaxRecord } text }]
                && SpfMacro.Problem(text, forExplanation: true).Length == 0
                    ? PlainText.Of(SpfMacro.Expand(text, await ValuesAsync(text, domain), SpfMacro.MaxExplanation), SpfMacro.MaxExplanation)
                    : "";
        }
        catch (OperationCanceledException)
        {
            // The verdict stands; only its words have not come in time.
            return "";
        }
    }
}
