// A report's tree as XML 1.0 (fifth edition), in PowerMTA's envelope: <rsp><data>...</data><succ/></rsp>. Yes is 1 and no is 0; a list is its element
// once for each item. What was done or refused stands in <message>, and <fail/> in the place of <succ/>. No declaration: UTF-8 is XML's own choice, and
// some readers of text refuse one. It must be well-formed whatever a peer has said: section 2.2 lists the characters that may stand in it at all.

using System.Globalization;
using System.Text;

namespace Godwit.Control;

internal static class TreeXml
{
    /// <summary>Stands for what XML cannot hold.</summary>
    private const char Unsayable = '\ufffd';

    /// <summary>Writes UTF-8.</summary>
    /// <param name="data">What stands in the envelope: the report's tree, or its text.</param>
    public static ReadOnlyMemory<byte> Write(ReportValue data, OperatorReport report)
    {
        var xml = new StringBuilder("<rsp>");
        Write(xml, "data", data);
        if (report.Message.Length > 0)
        {
            Write(xml, "message", report.Message);
        }

        xml.Append(report.Outcome == ReportOutcome.Done ? "<succ/>" : "<fail/>").Append("</rsp>\n");
        return Encoding.UTF8.GetBytes(xml.ToString());
    }

    /// <param name="name">A word of the program's: letters and digits.</param>
    private static void Write(StringBuilder xml, string name, ReportValue value)
    {
        if (value is ReportList list)
        {
            foreach (ReportValue item in list.Items)
            {
                Write(xml, name, item);
            }

            return;
        }

        int start = xml.Append('<').Append(name).Append('>').Length;
        switch (value)
        {
            case ReportText text:
                Escape(xml, text.Value);
                break;
            case ReportNumber number:
                xml.Append(number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case ReportFlag flag:
                xml.Append(flag.Value ? '1' : '0');
                break;
            case ReportGroup group:
                foreach ((string member, ReportValue inner) in group)
                {
                    Write(xml, member, inner);
                }

                break;
            default:
                throw new InvalidOperationException($"a report cannot hold a {value.GetType().Name}");
        }

        if (xml.Length > start)
        {
            xml.Append("</").Append(name).Append('>');
        }
        else
        {
            xml.Insert(start - 1, '/');
        }
    }

    private static void Escape(StringBuilder xml, string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '&':
                    xml.Append("&amp;");
                    break;
                case '<':
                    xml.Append("&lt;");
                    break;
                case '>':
                    xml.Append("&gt;");
                    break;
                case '\r' or (>= '\u007f' and <= '\u009f'):
                    // Readers make a line feed of a bare carriage return; the others are allowed, and terminals act on them.
                    xml.Append(CultureInfo.InvariantCulture, $"&#{(int)c};");
                    break;
                case '\t' or '\n':
                    xml.Append(c);
                    break;
                case < ' ' or '\ufffe' or '\uffff':
                    xml.Append(Unsayable);
                    break;
                default:
                    i += AppendCharacter(xml, text, i);
                    break;
            }
        }
    }

    /// <summary>Returns how many more than one code unit it took.</summary>
    private static int AppendCharacter(StringBuilder xml, string text, int at)
    {
        if (!char.IsSurrogate(text[at]))
        {
            xml.Append(text[at]);
            return 0;
        }

        if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
        {
            xml.Append(text, at, 2);
            return 1;
        }

        xml.Append(Unsayable);
        return 0;
    }
}
