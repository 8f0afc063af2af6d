// A plugin of Swagger UI: an answer of the type image/svg+xml is drawn, as one of image/png is. As an <img> no script in it would run.
window.NnServicePictures = function (system) {
  return {
    wrapComponents: {
      responseBody: function (Original) {
        return function (props) {
          if (!/^image\/svg\+xml/i.test(props.contentType || "") || typeof props.content !== "string")
            return system.React.createElement(Original, props);
          return system.React.createElement("div", null,
            system.React.createElement("h5", null, "Response body"),
            system.React.createElement("img", {
              src: "data:image/svg+xml;charset=utf-8," + encodeURIComponent(props.content),
              alt: "The picture that was answered",
              style: { background: "#fff", maxWidth: "100%" },
            }));
        };
      },
    },
  };
};
