// http-access: who may do what over HTTP. Immutable; the first rule that matches decides.

using System.Net;

namespace Godwit.Settings;

/// <summary>What a client may do; each level includes the one before.</summary>
public enum AccessLevel : byte
{
    None,

    /// <summary>Look at state.</summary>
    Monitor,

    /// <summary>Also see the configuration and people's addresses, and give commands.</summary>
    Operator,

    /// <summary>Also change the configuration.</summary>
    Admin,
}

/// <summary><c>http-access BLOCK LEVEL[,deny-logs]</c>.</summary>
/// <param name="DeniesLogs">Logs may not be looked at; only with <see cref="AccessLevel.Monitor"/>.</param>
public sealed record HttpAccessRule(IPNetwork Clients, AccessLevel Level, bool DeniesLogs)
{
    /// <summary>127/8, and what is narrower.</summary>
    private const int LoopbackPrefix = 8;

    /// <summary>Some other machine may do something by it.</summary>
    public bool ReachesOthers =>
        Level > AccessLevel.None && !(IPAddress.IsLoopback(Clients.BaseAddress) && Clients.PrefixLength >= LoopbackPrefix);

    private static readonly ValueForm<AccessLevel> _level = ValueParsers.Choice(
        ("none", AccessLevel.None), ("monitor", AccessLevel.Monitor), ("operator", AccessLevel.Operator), ("admin", AccessLevel.Admin));

    /// <summary>What somebody may do.</summary>
    internal static ValueForm<AccessLevel> LevelForm => _level;

    internal static ValueForm<HttpAccessRule> Form { get; } = new(
        "a block such as 10/8, and none, monitor, operator or admin",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(ValueParsers.Cidr, out IPNetwork clients)
                || !cursor.TryItems("the level (none, monitor, operator or admin)", out List<ValueWord> words)
                || !_level.TryReadPart(words[0], reading, out AccessLevel level))
            {
                return false;
            }

            value = new HttpAccessRule(clients, level, words.Count > 1);
            return words.Count == 1
                || (level == AccessLevel.Monitor && words.Count == 2 && words[1].Text.Equals("deny-logs", StringComparison.OrdinalIgnoreCase))
                || reading.Fail("behind the level only deny-logs may stand, and only behind monitor", words[1].Offset);
        },
        v => $"{v.Clients} {_level.Print(v.Level)}{(v.DeniesLogs ? ",deny-logs" : "")}") { Quotes = QuoteUse.Raw };
}
