// Published test suites and our own, as data: every *.yml in a folder of Vectors, read with the documents that it has.

using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

/// <summary>Reads suites.</summary>
internal static class SuiteFiles
{
    /// <summary>The documents of every file in a folder of Vectors, with the file's name.</summary>
    public static IEnumerable<(string File, YamlMappingNode Document)> Documents(string folder)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Vectors", folder);
        foreach (string file in Directory.GetFiles(path, "*.yml").Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(file, Encoding.UTF8);
            foreach (YamlMappingNode root in Documents(text))
            {
                yield return (Path.GetFileName(file), root);
            }
        }
    }

    /// <summary>The documents of one text; where a line of dashes between two of them was forgotten, both.</summary>
    public static IEnumerable<YamlMappingNode> Documents(TextReader text)
    {
        var stream = new YamlStream();
        stream.Load(new RepeatedKeys(new Parser(text)));
        foreach (YamlMappingNode root in stream.Documents.Select(each => each.RootNode).OfType<YamlMappingNode>())
        {
            yield return root;
            for (int time = 2; root.Child($"tests ({time})") is not null; time++)
            {
                string mark = $" ({time})";
                yield return new YamlMappingNode(root.Children
                    .Where(each => ((YamlScalarNode)each.Key).Value!.EndsWith(mark, StringComparison.Ordinal))
                    .Select(each => KeyValuePair.Create<YamlNode, YamlNode>(new YamlScalarNode(((YamlScalarNode)each.Key).Value![..^mark.Length]), each.Value)));
            }
        }
    }

    /// <summary>The tests of a document. What stands among them and has no parts is none: a line that was indented too little.</summary>
    public static IEnumerable<(string Name, YamlMappingNode Test)> Tests(this YamlMappingNode document) =>
        document.Child("tests").Entries().Where(each => each.Value is YamlMappingNode).Select(each => (each.Name, (YamlMappingNode)each.Value));

    public static YamlNode? Child(this YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? child) ? child : null;

    public static string Text(this YamlMappingNode node, string name) => (node.Child(name) as YamlScalarNode)?.Value ?? "";

    public static IEnumerable<(string Name, YamlNode Value)> Entries(this YamlNode? node) =>
        node is YamlMappingNode map ? map.Children.Select(each => (((YamlScalarNode)each.Key).Value ?? "", each.Value)) : [];
}
