// The policy that a domain publishes about TLS with its hosts (RFC 8461 section 3.2), read from the text that its policy host serves.
// Whoever wrote that text is a stranger: reading it never throws and looks at each line once.

using System.Globalization;
using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>An MTA-STS policy. Immutable.</summary>
public sealed record StsPolicy
{
    /// <summary>RFC 8461 section 3.3 suggests 64 KB.</summary>
    public const int MaxOctets = 64 * 1024;

    /// <summary>As many hosts as MxLookup asks for; with the bound on policies, the most that strangers can make us remember.</summary>
    public const int MaxPatterns = 50;

    /// <summary>RFC 8461 section 3.2: about a year.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromSeconds(31_557_600);

    public required StsMode Mode { get; init; }

    /// <summary>Names, or <c>*.</c> and a name: canonical, in the order of the policy; empty only with mode none.</summary>
    public required IReadOnlyList<string> Patterns { get; init; }

    /// <summary>How long it may be used after it was fetched; no more than <see cref="LongestAge"/>.</summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>Its lines, for reports and for the disk.</summary>
    public required IReadOnlyList<string> Lines { get; init; }

    /// <summary>Whether the policy names this host. A star stands for exactly one label, the first (RFC 8461 section 4.1).</summary>
    public bool Names(DomainName host)
    {
        ReadOnlySpan<char> name = host.Text;
        int dot = name.IndexOf('.');
        foreach (string pattern in Patterns)
        {
            bool same = pattern[0] == '*' ? dot > 0 && name[dot..].SequenceEqual(pattern.AsSpan(1)) : name.SequenceEqual(pattern);
            if (same)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a policy. False with the reason when it is none; what section 3.2 does not know is passed over.</summary>
    public static bool TryParse(string text, out StsPolicy policy, out string problem)
    {
        policy = null!;
        var reading = new Reading();
        problem = "";
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon > 0)
            {
                problem = reading.Take(line[..colon].Trim(' ').Trim('\t'), line[(colon + 1)..].Trim(" \t"));
            }
            else if (!line.Trim(" \t").IsEmpty)
            {
                problem = "a line without a colon";
            }

            if (problem.Length > 0)
            {
                return false;
            }
        }

        return reading.TryFinish(out policy, out problem);
    }

    /// <summary>What was read so far. Of a field that may stand once, the first counts.</summary>
    private sealed class Reading
    {
        private readonly List<string> _patterns = [];
        private readonly List<string> _lines = [];
        private bool _hasVersion;
        private StsMode? _mode;
        private TimeSpan? _age;

        /// <summary>Empty, or the problem.</summary>
        public string Take(ReadOnlySpan<char> key, ReadOnlySpan<char> value)
        {
            switch (key)
            {
                case "version" when !_hasVersion:
                    _hasVersion = true;
                    return value is "STSv1" ? Keep("version: STSv1") : "another version than STSv1";
                case "mode" when _mode is null:
                    _mode = value switch { "enforce" => StsMode.Enforce, "testing" => StsMode.Testing, "none" => StsMode.None, _ => null };
                    return _mode is null ? "an unknown mode" : Keep($"mode: {value}");
                case "max_age" when _age is null:
                    return TakeAge(value);
                case "mx":
                    return TakePattern(value);
                default:
                    return "";
            }
        }

        public bool TryFinish(out StsPolicy policy, out string problem)
        {
            policy = null!;
            problem = !_hasVersion ? "no version" : _mode is null ? "no mode" : _age is null ? "no max_age" : "";
            if (problem.Length == 0 && _mode != StsMode.None && _patterns.Count == 0)
            {
                problem = "no mx";
            }

            if (problem.Length > 0)
            {
                return false;
            }

            policy = new StsPolicy { Mode = _mode!.Value, Patterns = _patterns, MaxAge = _age!.Value, Lines = _lines };
            return true;
        }

        private string TakeAge(ReadOnlySpan<char> value)
        {
            // Ten digits at most, says the grammar; what is longer than a year counts as a year.
            if (value.Length is 0 or > 10 || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
            {
                return "a max_age that is no number of seconds";
            }

            var age = TimeSpan.FromSeconds(seconds);
            _age = age < LongestAge ? age : LongestAge;
            return Keep($"max_age: {seconds}");
        }

        private string TakePattern(ReadOnlySpan<char> value)
        {
            bool star = value.StartsWith("*.", StringComparison.Ordinal);
            if (!DomainName.TryParse(star ? value[2..] : value, out DomainName name) || name.IsLiteral)
            {
                return "an mx that is no host name";
            }

            if (_patterns.Count == MaxPatterns)
            {
                return $"more than {MaxPatterns} mx";
            }

            string pattern = star ? $"*.{name.Text}" : name.Text;
            _patterns.Add(pattern);
            return Keep($"mx: {pattern}");
        }

        private string Keep(string line)
        {
            _lines.Add(line);
            return "";
        }
    }
}
