// The argument of MAIL and RCPT: a path, then parameters (RFC 5321 section 4.1.2). Pure, over the receive buffer.

using System.Text;

namespace Godwit.Smtp;

/// <summary>What is wrong with the argument of a command. Each has one reply.</summary>
public enum ArgumentFault : byte
{
    None,

    /// <summary>No <c>FROM:</c> or <c>TO:</c>, no angle brackets, or something else where a blank belongs.</summary>
    Syntax,

    /// <summary>What stands in the brackets is no address.</summary>
    Address,

    /// <summary>Octets beyond ASCII in a transaction that did not say SMTPUTF8.</summary>
    NotAscii,

    UnknownParameter,

    /// <summary>A parameter without the value it needs, with one it cannot have, or given twice.</summary>
    ParameterValue,
}

/// <summary>Walks through a path and its parameters.</summary>
public ref struct SmtpArgument
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>The mailbox without brackets and source route; empty for the null path.</summary>
    public ReadOnlySpan<byte> Mailbox { get; private set; }

    /// <summary>The current parameter's keyword.</summary>
    public ReadOnlySpan<byte> Keyword { get; private set; }

    /// <summary>The current parameter's value; empty when it has none.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Reads <c>FROM:&lt;path&gt;</c>. Blanks behind the colon are tolerated, as everybody does.</summary>
    public static ArgumentFault Open(ReadOnlySpan<byte> argument, ReadOnlySpan<byte> prefix, out SmtpArgument opened)
    {
        opened = default;
        if (argument.Length < prefix.Length || !Ascii.EqualsIgnoreCase(argument[..prefix.Length], prefix))
        {
            return ArgumentFault.Syntax;
        }

        ReadOnlySpan<byte> path = argument[prefix.Length..].TrimStart((byte)' ');
        int end = EndOfPath(path);
        if (end < 0 || (end + 1 < path.Length && path[end + 1] != ' '))
        {
            return ArgumentFault.Syntax;
        }

        opened._rest = path[(end + 1)..];
        opened.Mailbox = WithoutRoute(path[1..end]);
        return ArgumentFault.None;
    }

    /// <summary>Steps to the next parameter. False at the end, or at a fault.</summary>
    public bool TryNext(out ArgumentFault fault)
    {
        fault = ArgumentFault.None;
        _rest = _rest.TrimStart((byte)' ');
        if (_rest.IsEmpty)
        {
            return false;
        }

        int blank = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> parameter = blank < 0 ? _rest : _rest[..blank];
        _rest = blank < 0 ? default : _rest[blank..];

        int equals = parameter.IndexOf((byte)'=');
        Keyword = equals < 0 ? parameter : parameter[..equals];
        Value = equals < 0 ? default : parameter[(equals + 1)..];

        // esmtp-value: at least one octet, no "=", no control character. Non-ASCII is judged when it is known whether SMTPUTF8 was said.
        bool valid = IsKeyword(Keyword) && (equals < 0 || (!Value.IsEmpty && !Value.Contains((byte)'=') && !HasControl(Value)));
        fault = valid ? ArgumentFault.None : ArgumentFault.ParameterValue;
        return valid;
    }

    public readonly bool Is(ReadOnlySpan<byte> keyword) => Ascii.EqualsIgnoreCase(Keyword, keyword);

    private static bool IsKeyword(ReadOnlySpan<byte> word)
    {
        foreach (byte octet in word)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '-')
            {
                return false;
            }
        }

        return !word.IsEmpty && word[0] != '-';
    }

    private static bool HasControl(ReadOnlySpan<byte> value) => value.ContainsAnyInRange((byte)0, (byte)0x1f) || value.Contains((byte)0x7f);

    /// <summary>Where the path's closing bracket stands; one inside a quoted local part does not count. -1 when there is none.</summary>
    private static int EndOfPath(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path[0] != '<')
        {
            return -1;
        }

        bool quoted = false;
        for (int i = 1; i < path.Length; i++)
        {
            switch (path[i])
            {
                case (byte)'\\' when quoted:
                    i++;
                    break;
                case (byte)'"':
                    quoted = !quoted;
                    break;
                case (byte)'>' when !quoted:
                    return i;
            }
        }

        return -1;
    }

    /// <summary>RFC 5321 appendix C: a source route is accepted and ignored.</summary>
    private static ReadOnlySpan<byte> WithoutRoute(ReadOnlySpan<byte> path)
    {
        int colon = path is [(byte)'@', ..] ? path.IndexOf((byte)':') : -1;
        return path[(colon + 1)..];
    }
}
