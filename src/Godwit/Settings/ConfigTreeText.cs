// A tree as a text that reads back as the same tree: what files and includes said, in one file, without comments.
// What include brought in stands in the tree already, so the line itself becomes a comment.

using System.Text;

namespace Godwit.Settings;

/// <summary>Prints trees.</summary>
internal static class ConfigTreeText
{
    private const string Indent = "  ";

    /// <summary>The whole configuration, one directive a line, blocks indented.</summary>
    public static string Print(ConfigBlock root)
    {
        // A comment first: a byte order mark that is part of the first name would be taken for an editor's otherwise.
        var text = new StringBuilder("# The configuration as it was read.\n");
        PrintChildren(text, root, "");
        return text.ToString();
    }

    private static void PrintChildren(StringBuilder text, ConfigBlock block, string indent)
    {
        bool opened = false;
        foreach (ConfigNode node in block.Children)
        {
            if (node is not ConfigBlock inner)
            {
                PrintDirective(text, node, indent);
                opened = ConfigTreeReader.OpensList(block, node);
                continue;
            }

            // A list that begins at the end of a line has no tag of its own; a name with a slash must not look like a closing tag.
            if (!opened)
            {
                string tag = inner.Name.StartsWith('/') ? " " + inner.Name : inner.Name;
                text.Append(indent).Append(inner.Text.Length == 0 ? $"<{tag}>" : $"<{tag} {inner.Text}>").Append('\n');
            }

            PrintChildren(text, inner, indent + Indent);
            text.Append(indent).Append($"</{inner.Name}>\n");
            opened = false;
        }
    }

    private static void PrintDirective(StringBuilder text, ConfigNode directive, string indent)
    {
        bool isInclude = directive.Name.Equals("include", StringComparison.OrdinalIgnoreCase);
        text.Append(isInclude ? "# " : "").Append(indent);

        // The text of a regular expression is the whole line.
        string name = directive.Name == "/" ? "" : directive.Name;
        text.Append(name).Append(name.Length > 0 && directive.Text.Length > 0 ? " " : "").Append(directive.Text).Append('\n');
    }
}
