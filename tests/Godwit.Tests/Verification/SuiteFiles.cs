// Published test suites and our own, as data: every *.yml in a folder of Vectors, read with the documents that it has.

using System.Text;
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
            var stream = new YamlStream();
            using (var text = new StreamReader(file, Encoding.UTF8))
            {
                stream.Load(text);
            }

            foreach (YamlDocument document in stream.Documents)
            {
                if (document.RootNode is YamlMappingNode root)
                {
                    yield return (Path.GetFileName(file), root);
                }
            }
        }
    }

    public static YamlNode? Child(this YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? child) ? child : null;

    public static string Text(this YamlMappingNode node, string name) => (node.Child(name) as YamlScalarNode)?.Value ?? "";

    public static IEnumerable<(string Name, YamlNode Value)> Entries(this YamlNode? node) =>
        node is YamlMappingNode map ? map.Children.Select(each => (((YamlScalarNode)each.Key).Value ?? "", each.Value)) : [];
}
